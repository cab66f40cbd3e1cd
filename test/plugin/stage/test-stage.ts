import type { LogLevel } from '../../../plugin/host.ts'
import {
  DEFAULT_SETTINGS,
  type RecordTimeSettings,
  type StageOptions,
  type StageSettings
} from '../../../plugin/stage/options.ts'
import { Stage } from '../../../plugin/stage/stage.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import {
  MemoryLog,
  MemorySink,
  MemorySource,
  type MemorySourceOptions
} from '../../helpers/memory-adapters.ts'
import { countingRules } from './counting-rules.ts'

export interface TestStage {
  readonly stage: Stage
  readonly clock: ManualClock
  readonly log: MemoryLog
  readonly source: MemorySource
  readonly sink: MemorySink
  readonly messages: { readonly level: LogLevel; readonly message: string; readonly fields: unknown }[]
}

/** Record time as these tests have it. */
export const RECORD_TIME: RecordTimeSettings = {
  type: 'record',
  mergeWaitMs: 1000,
  maxAheadMs: 300_000,
  idleAfterMs: undefined,
  atEnd: 'keep'
}

export interface TestStageOptions extends Partial<Omit<StageOptions, 'clock' | 'settings' | 'log'>> {
  readonly clock?: ManualClock
  readonly settings?: Partial<StageSettings>
  readonly log?: MemoryLog
  readonly source?: Omit<MemorySourceOptions, 'log'>
  readonly sink?: MemorySink
}

/** A stage over one log and one sink, both in memory, with the counting rules, unless the options say otherwise. */
export function createTestStage(options: TestStageOptions = {}): TestStage {
  const {
    clock = new ManualClock(),
    log = new MemoryLog(),
    sink = new MemorySink(),
    settings,
    ...rest
  } = options
  const source = new MemorySource({ ...rest.source, log })
  const messages: TestStage['messages'] = []
  const stage = new Stage({
    application: 'correlog',
    sources: [{ source, line: ({ body }) => (typeof body === 'string' ? body : JSON.stringify(body)) }],
    sinks: [sink],
    correlator: countingRules,
    clock,
    ...rest,
    log: { level: 6, log: (level, message, fields) => void messages.push({ level, message, fields }) },
    settings: { ...DEFAULT_SETTINGS, ...settings }
  })
  return { stage, clock, log, source, sink, messages }
}
