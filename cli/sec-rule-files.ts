import { glob } from '../adapters/glob.ts'
import { readRuleFileOfSec } from '../adapters/rule-file.ts'
import type { LogLevel } from '../plugin/host.ts'
import type { RuleFileOptions } from '../plugin/rules/parser.ts'
import { type LoadedRuleFiles, loadRuleFiles } from '../plugin/rules/rule-set.ts'

/** Loads the files that the patterns of `--conf` stand for, each once, and logs what SEC logs about them. */
export function loadConfiguration(
  patterns: readonly string[],
  options: RuleFileOptions,
  log: (level: LogLevel, message: string) => void
): LoadedRuleFiles {
  const names = new Set(patterns.flatMap(glob))
  const loaded = loadRuleFiles([...names].map(readRuleFileOfSec), options)
  for (const { level, message } of loaded.log) log(level, message)
  return loaded
}
