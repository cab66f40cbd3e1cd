import type { SavedCaptures } from './captures.ts'
import type { ByteLoop, FixedLoop, VariableLoop } from './program.ts'

/** A loop that is running. Never changed, so that a choice can keep it. */
export interface LoopFrame {
  readonly loop: VariableLoop
  readonly count: number
  /** Where the current round began; -1 before the first. */
  readonly roundStart: number
  readonly outer: LoopFrame | undefined
  /** Groups up to this one aren't restored when a round fails. */
  readonly floor: number
}

/** A recursion that is running. */
export interface CallFrame {
  readonly group: number
  readonly returnTo: number
  readonly captures: SavedCaptures
  readonly loop: LoopFrame | undefined
  readonly outer: CallFrame | undefined
  readonly depth: number
}

/** What to do when the way taken fails: the state to go on with, and what else has to be undone. */
export type Choice = {
  readonly pc: number
  readonly position: number
  readonly loop: LoopFrame | undefined
  readonly call: CallFrame | undefined
} & (
  | { readonly kind: 'branch'; readonly last: number }
  | { readonly kind: 'bytes'; readonly instruction: ByteLoop; readonly count: number; readonly last: number }
  | {
      readonly kind: 'fixed'
      readonly instruction: FixedLoop
      readonly count: number
      readonly width: number
      readonly last: number
    }
  /** Leave the loop instead of the round that was tried; then captures are as before it. */
  | { readonly kind: 'leave'; readonly captures: SavedCaptures; readonly floor: number }
  /** Another round of a lazy loop. */
  | { readonly kind: 'round'; readonly instruction: VariableLoop }
  /** Nothing is left to try from here: remember it. */
  | { readonly kind: 'hopeless'; readonly state: string }
  | { readonly kind: 'restore'; readonly captures: SavedCaptures; readonly floor: number }
)

export interface Rounds {
  readonly count: number
  /** Bytes that one round takes. */
  readonly width: number
  readonly end: number
}
