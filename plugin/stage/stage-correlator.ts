import type { StateChanges } from '../adapter.ts'
import type { Correlator } from '../correlator.ts'
import type { Host } from '../host.ts'

/** What a stage asks of its correlator. */
export interface StageCorrelator
  extends Pick<
    Correlator,
    | 'setTime'
    | 'hasPendingEvents'
    | 'observePending'
    | 'observe'
    | 'internalEvent'
    | 'childLine'
    | 'childExit'
    | 'passIfDue'
    | 'pass'
  > {
  /** What was set and deleted in its state since the last call, or since the start. */
  changes(): StateChanges
}

/** What the stage has for a correlator that is to be made. */
export interface CorrelatorStart {
  readonly host: Host
  /** Seconds since Epoch. */
  readonly now: number
  /** The state that a checkpoint holds; `undefined`: there is none, it starts anew. */
  readonly state: ReadonlyMap<string, string> | undefined
}
