import { readFileSync } from 'node:fs'
import { glob } from '../adapters/glob.ts'
import { systemErrorText } from '../adapters/system-error.ts'
import type { LogLevel } from '../plugin/host.ts'
import type { RuleFileOptions } from '../plugin/rules/parser.ts'
import { type LoadedRuleFiles, loadRuleFiles, type RuleFileSource } from '../plugin/rules/rule-set.ts'

const STANDARD_INPUT = 0

/** Loads the files that the patterns of `--conf` stand for, each once, and logs what SEC logs about them. */
export function loadConfiguration(
  patterns: readonly string[],
  options: RuleFileOptions,
  log: (level: LogLevel, message: string) => void
): LoadedRuleFiles {
  const names = new Set(patterns.flatMap(glob))
  const loaded = loadRuleFiles([...names].map(readRuleFile), options)
  for (const { level, message } of loaded.log) log(level, message)
  return loaded
}

/** Reads a rule file; the name is a byte string, and `-` standard input. To SEC a folder is an empty file. */
export function readRuleFile(name: string): RuleFileSource {
  try {
    return { name, text: readFileSync(name === '-' ? STANDARD_INPUT : Buffer.from(name, 'latin1'), 'latin1') }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return { name, text: '' }
    return { name, error: systemErrorText(error) }
  }
}
