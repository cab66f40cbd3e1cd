import { readFileSync } from 'node:fs'
import { systemErrorText } from '../adapters/system-error.ts'

/** A secret from a file, without the newline at its end, or from the environment. @throws Error in words */
export function readSecret(kind: 'File' | 'Env', name: string): string {
  if (kind === 'Env') {
    const value = process.env[name]
    if (value === undefined || value === '') throw new Error('it is not set')
    return Buffer.from(value, 'utf8').toString('latin1')
  }
  try {
    return readFileSync(Buffer.from(name, 'latin1'), 'latin1').replace(/\r?\n$/, '')
  } catch (error) {
    throw new Error(systemErrorText(error), { cause: error })
  }
}
