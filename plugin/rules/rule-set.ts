import type { LogLevel } from '../host.ts'
import type { Diagnostic, RuleFileDefinition } from './definition.ts'
import { parseRuleFile, type RuleFileOptions } from './parser.ts'

/** A rule file as it was read: its text in latin1, or why it can't be read, as the C library says it. */
export type RuleFileSource =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly error: string }

export interface LoadedRuleFiles {
  readonly files: readonly RuleFileDefinition[]
  /** What is to be logged, in SEC's order, words and levels. */
  readonly log: readonly { readonly level: LogLevel; readonly message: string }[]
  /** Whether `--testonly` exits with 1: a file can't be opened, or something in one is faulty. */
  readonly faulty: boolean
}

const LEVELS: Readonly<Record<Diagnostic['severity'], LogLevel>> = {
  error: 2,
  warning: 3,
  'not yet': 3,
  note: 4
}

/**
 * Loads rule files in their order. A directory's text is empty, as it reads in SEC; a pattern that no file matches
 * gives no source, and a file that several patterns match gives one.
 */
export function loadRuleFiles(
  sources: readonly RuleFileSource[],
  options?: RuleFileOptions
): LoadedRuleFiles {
  const files: RuleFileDefinition[] = []
  const log: { level: LogLevel; message: string }[] = []
  let faulty = false
  for (const source of sources) {
    const { name } = source
    log.push({ level: 4, message: `Reading configuration from ${name}` })
    if ('error' in source) {
      log.push({ level: 2, message: `Can't open configuration file ${name} (${source.error})` })
      faulty = true
      continue
    }
    const file = parseRuleFile(name, source.text, options)
    files.push(file)
    for (const { severity, message } of file.diagnostics) {
      log.push({ level: LEVELS[severity], message })
      faulty ||= severity === 'error'
    }
    const { length } = file.rules
    log.push(
      length > 0
        ? { level: 6, message: `${length} rules loaded from ${name}` }
        : { level: 3, message: `No valid rules found in configuration file ${name}` }
    )
  }
  return { files, log, faulty }
}
