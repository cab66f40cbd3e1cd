import { readFileSync } from 'node:fs'
import type { RuleFileSource } from '../plugin/rules/rule-set.ts'
import { systemErrorText } from './system-error.ts'

const STANDARD_INPUT = 0

/** Reads a rule file; the name is a byte string, and `-` standard input. To SEC a folder is an empty file. */
export function readRuleFile(name: string): RuleFileSource {
  try {
    return { name, text: readFileSync(name === '-' ? STANDARD_INPUT : Buffer.from(name, 'latin1'), 'latin1') }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return { name, text: '' }
    return { name, error: systemErrorText(error) }
  }
}
