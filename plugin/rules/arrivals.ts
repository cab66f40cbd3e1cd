import { keepEvidence } from '../alerts/evidence.ts'
import type { Core } from '../core.ts'
import type { Operation } from '../operations.ts'
import type { SegmentedList } from '../state/segmented-list.ts'

/** Of an operation that counts events. */
interface CountingState {
  /** Arrival times inside the window, seconds since Epoch, ascending. */
  readonly arrivals: SegmentedList<number>
}

/** Slides a window that has ended to the oldest arrival still in it; with none left the operation ends. */
export function slideToOldest(operation: Operation<CountingState>, window: number, core: Core): void {
  const { state } = operation
  // An event exactly `window` seconds old still counts.
  state.arrivals.keep(time => core.now - time <= window)
  const { first: oldest } = state.arrivals
  keepEvidence(operation, state.arrivals.length, oldest)
  if (oldest === undefined) {
    core.operations.end(operation)
    return
  }
  operation.windowStart = oldest
  core.operations.reschedule(operation)
}

/** Forgets the arrivals before a window that `setwpos` has moved. */
export function forgetEarlier(operation: Operation<CountingState>): void {
  const { state, windowStart } = operation
  state.arrivals.keep(time => time >= windowStart)
  keepEvidence(operation, state.arrivals.length, state.arrivals.first)
}
