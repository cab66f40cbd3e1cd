import type { WallClock } from '../adapter.ts'
import type { Bounds } from './bounds.ts'
import type { CounterRecord } from './counters.ts'
import type { Feed } from './feed.ts'
import type { Intake } from './intake.ts'
import type { StageEffects, StageLog, StageSettings } from './options.ts'
import type { StageParts } from './stage-parts.ts'
import type { Wake } from './wake.ts'

/** What a step has brought: nothing, as there was nothing to do; a look at the clock in which nothing was raised; more. */
export type StepOutcome = 'none' | 'quiet' | 'busy'

/** How a stage has its time: what its steps are, and when. */
export interface StageTime {
  /** What comes before the first step. False if it was stopped in its midst: then nothing may be settled. */
  begin(): Promise<boolean>
  /** Runs one step, if there is one and room for it. */
  step(): Promise<StepOutcome>
  /** The sources have ended. Runs what is left, in one step or several. */
  end(): Promise<StepOutcome>
  /** Milliseconds until there is something to do for which nobody wakes. */
  untilDue(): number
}

export interface StageTimeOptions {
  readonly parts: StageParts
  readonly feeds: readonly Feed[]
  readonly intake: Intake
  readonly bounds: Bounds
  /** What programs have brought since the last call; `undefined`: nothing. */
  readonly takeChildEvents: () => ReturnType<StageEffects['takeChildEvents']> | undefined
  readonly counters: CounterRecord
  /** There is a place for checkpoints. */
  readonly isKept: boolean
  readonly settings: StageSettings
  readonly clock: WallClock
  readonly log: StageLog
  readonly wake: Wake
  readonly stopping: AbortSignal
  readonly abandoned: AbortSignal
}
