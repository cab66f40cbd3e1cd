import { glob } from '../adapters/glob.ts'
import { readRuleFile } from '../adapters/rule-file.ts'
import { fromBytes } from '../config/stage/formats.ts'
import type { RulePlace } from '../config/stage/resolve.ts'
import type { StageConfig } from '../config/stage/stage-config.ts'
import { programsWarning, rulesThatRunPrograms } from '../plugin/alerts/programs.ts'
import type { NotificationKind } from '../plugin/alerts/settings.ts'
import type { LogLevel } from '../plugin/host.ts'
import { type PerlLoader, perlLoader } from '../plugin/perl/source.ts'
import type { RuleFileDefinition } from '../plugin/rules/definition.ts'
import { loadRuleFiles, type RuleFileSource } from '../plugin/rules/rule-set.ts'
import { isOutputTaken, outputWarnings } from './standard-output.ts'

/** Rules that a program brings along, as a text in latin1. */
export interface RuleText {
  readonly name: string
  readonly text: string
  readonly alertsFrom?: readonly NotificationKind[] | undefined
}

export interface LoadedRules {
  readonly files: readonly RuleFileDefinition[]
  readonly alertsFrom: (file: string) => ReadonlySet<NotificationKind>
  /** What is to be logged. */
  readonly messages: readonly { readonly level: LogLevel; readonly message: string }[]
  /** Files that are not there or can't be read: no stage is to start without them. */
  readonly problems: readonly string[]
  /** Whether a rule is faulty and left out, as SEC leaves it out. */
  readonly hasFaultyRules: boolean
}

/**
 * Loads rule files in the order of the configuration, each once, and behind them the rules that a program brings.
 * `place` says where the patterns of the files were written, `perl` compiles their code.
 */
export function loadRules(
  config: StageConfig,
  place: RulePlace,
  texts: readonly RuleText[] = [],
  perl: PerlLoader = perlLoader(undefined)
): LoadedRules {
  const problems: string[] = []
  const standard: ReadonlySet<NotificationKind> = new Set(config.alertsFrom)
  const kinds = new Map<string, ReadonlySet<NotificationKind>>()
  const sources: RuleFileSource[] = []
  const add = (source: RuleFileSource, alertsFrom: readonly NotificationKind[] | null | undefined): void => {
    if (kinds.has(source.name)) return
    kinds.set(source.name, alertsFrom ? new Set(alertsFrom) : standard)
    sources.push(source)
  }
  for (const [entry, { files, alertsFrom }] of config.rules.entries()) {
    for (const [index, pattern] of files.entries()) {
      const problem = (text: string): void => void problems.push(`${place(entry, index)}: ${text}`)
      const names = glob(pattern)
      if (names.length === 0)
        problem(`no file for the pattern "${fromBytes(pattern)}" of "rules"; expected one or more`)
      for (const name of names) {
        const source = readRuleFile(name)
        if ('error' in source)
          problem(`rule file ${fromBytes(name)}: ${source.error}; expected a file that can be read`)
        else add(source, alertsFrom)
      }
    }
  }
  for (const { name, text, alertsFrom } of texts) add({ name, text }, alertsFrom)

  const { files, log, faulty } = loadRuleFiles(sources, { bufferSize: config.sec.bufsize, perl })
  const alertsFrom = (file: string): ReadonlySet<NotificationKind> => kinds.get(file) ?? standard
  const messages = [...log]
  if (!config.effects.programs) {
    for (const rule of rulesThatRunPrograms(files, { alertsFrom })) {
      messages.push({ level: 3, message: programsWarning(rule) })
    }
  }
  if (isOutputTaken(config)) {
    for (const message of outputWarnings(files, alertsFrom)) messages.push({ level: 3, message })
  }
  return { files, alertsFrom, messages, problems, hasFaultyRules: faulty }
}
