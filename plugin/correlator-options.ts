import type { CorrelatorSettings } from './core.ts'
import type { Host } from './host.ts'
import type { PerlHost } from './perl/host.ts'
import type { RuleFileDefinition } from './rules/definition.ts'
import type { TimeZone } from './time/time-zone.ts'

/** What a correlator is made from. */
export interface CorrelatorOptions {
  readonly files: readonly RuleFileDefinition[]
  readonly settings: CorrelatorSettings
  readonly host: Host
  readonly timeZone: TimeZone
  /** The one that compiled the code of the rule files. */
  readonly perl?: PerlHost | undefined
  /** Seconds since Epoch; `undefined`: the first `advance` sets the clock. */
  readonly now: number | undefined
  /** SEC_STARTUP announces the start that the first `advance` makes. */
  readonly startupEvent?: boolean
  /** Whether `changes` will be asked for; without it nothing is remembered for it. */
  readonly trackChanges?: boolean
  /** A state that `snapshot` or `changes` gave: it goes on from there, and the clock too. Other keys may be among it. */
  readonly restore?: ReadonlyMap<string, string> | undefined
}
