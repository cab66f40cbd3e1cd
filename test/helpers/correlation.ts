import type { CorrelatorSettings } from '../../plugin/core.ts'
import { Correlator } from '../../plugin/correlator.ts'
import type { CorrelatorOptions } from '../../plugin/correlator-options.ts'
import type { Effect, Host, LogLevel } from '../../plugin/host.ts'
import type { LogRecord } from '../../plugin/record.ts'
import { perlLoader } from '../../plugin/perl/source.ts'
import { parseRuleFile } from '../../plugin/rules/parser.ts'
import { type TimeZone, UTC } from '../../plugin/time/time-zone.ts'
import { observedPerl } from './wasm-perl.ts'

/** What a correlator did outside, in order. */
export interface Recording {
  readonly effects: Effect[]
  readonly messages: { readonly level: LogLevel; readonly message: string }[]
  /** What went to standard output. */
  readonly output: string
}

export interface RecordedCorrelator extends Recording {
  readonly correlator: Correlator
  /** Handles `lines` at a second, each followed by its synthetic events and a timer pass. */
  readonly at: (second: number, ...lines: string[]) => void
  /** Handles a record at the present second; `text` is what rules see of it. */
  readonly see: (record: LogRecord, text?: string) => void
}

const SETTINGS: CorrelatorSettings = {
  bufferSize: 0,
  eventStoreSize: 0,
  cleanTime: 0,
  internalContexts: false,
  quoting: false
}

/** A correlator over rule files, whose host records. Rules that do not load are an error. */
export function recordedCorrelator(
  ruleFiles: string | Readonly<Record<string, string>>,
  settings: Partial<CorrelatorSettings> = {},
  timeZone: TimeZone = UTC,
  state: Pick<CorrelatorOptions, 'restore' | 'trackChanges'> = {}
): RecordedCorrelator {
  const texts = typeof ruleFiles === 'string' ? { 'test.sec': ruleFiles } : ruleFiles
  const effects: Effect[] = []
  const perl = observedPerl({
    print: data => void effects.push({ type: 'write', path: '-', data }),
    isKept: state.trackChanges ?? false
  }).host
  const loader = perlLoader(perl)
  const files = Object.entries(texts).map(([name, text]) => parseRuleFile(name, text, { perl: loader }))
  const faults = files.flatMap(file => file.diagnostics).filter(({ severity }) => severity === 'error')
  if (faults.length > 0) throw new Error(faults.map(({ message }) => message).join('\n'))

  const messages: Recording['messages'] = []
  const host: Host = {
    logLevel: 6,
    log: (level, message) => void messages.push({ level, message }),
    effect: effect => void effects.push(effect)
  }
  const correlator = new Correlator({
    files,
    settings: { ...SETTINGS, ...settings },
    host,
    timeZone,
    perl,
    now: 0,
    ...state
  })
  return {
    correlator,
    effects,
    messages,
    get output() {
      return effects
        .flatMap(effect => (effect.type === 'write' && effect.path === '-' ? effect.data : []))
        .join('')
    },
    see(record, text = 'text') {
      correlator.observe({ text, source: record.source, record })
    },
    at(second, ...lines) {
      correlator.setTime(second)
      for (const text of lines) {
        correlator.observe({ text, source: '-' })
        correlator.pass()
        while (correlator.hasPendingEvents) {
          correlator.observePending()
          correlator.pass()
        }
      }
      if (lines.length === 0) correlator.pass()
    }
  }
}
