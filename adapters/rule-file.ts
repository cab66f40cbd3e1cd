import { readFileSync } from 'node:fs'
import type { RuleFileSource } from '../plugin/rules/rule-set.ts'
import { systemErrorText } from './system-error.ts'

const STANDARD_INPUT = 0

/** Reads a rule file; the name is a byte string, and `-` standard input. */
export function readRuleFile(name: string): RuleFileSource {
  try {
    return { name, text: read(name) }
  } catch (error) {
    return { name, error: systemErrorText(error) }
  }
}

/** The same as SEC does it: a folder is an empty file. */
export function readRuleFileOfSec(name: string): RuleFileSource {
  try {
    return { name, text: read(name) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return { name, text: '' }
    return { name, error: systemErrorText(error) }
  }
}

/** @throws NodeJS.ErrnoException */
function read(name: string): string {
  return readFileSync(name === '-' ? STANDARD_INPUT : Buffer.from(name, 'latin1'), 'latin1')
}
