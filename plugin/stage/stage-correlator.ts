import type { StateChanges } from '../adapter.ts'
import type { Correlator } from '../correlator.ts'
import type { Host } from '../host.ts'

/** What a stage asks of its correlator. */
export interface StageCorrelator
  extends Pick<
    Correlator,
    | 'now'
    | 'setTime'
    | 'hasPendingEvents'
    | 'observePending'
    | 'observe'
    | 'internalEvent'
    | 'childLine'
    | 'childExit'
    | 'passIfDue'
    | 'pass'
    | 'forgetPrograms'
    | 'runOpenTimers'
  > {
  /** Brings an input's time, in record time, to be gone to its end before anything else is done. */
  advancing(input: string, seconds: number): Steps
  /** What was set and deleted in its state since the last call, or since the start. */
  changes(): StateChanges
}

/** Something that is done in steps, between which the event loop may run. */
export interface Steps {
  /** Does the next thing. False: there was none. */
  step(): boolean
}

/** What the stage has for a correlator that is to be made. */
export interface CorrelatorStart {
  readonly host: Host
  /** Seconds since Epoch; `undefined`: the first record sets the clock. */
  readonly now: number | undefined
  /** Whether SEC_STARTUP announces the start that the first record makes. */
  readonly startupEvent: boolean
  /** The state that a checkpoint holds; `undefined`: there is none, it starts anew. */
  readonly state: ReadonlyMap<string, string> | undefined
  /** Whether `changes` will be asked for. */
  readonly trackChanges: boolean
}
