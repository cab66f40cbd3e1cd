import type { Core } from '../core.ts'
import type { InputBuffer } from '../input-buffers.ts'
import type { RestoredState } from './restored.ts'
import type { TrackedMap } from './tracked-map.ts'

/** Puts a state into empty stores. */
export function fillStores(core: Core, buffers: TrackedMap<string, InputBuffer>, state: RestoredState): void {
  const { operations, contexts, events, variables, scripts, lastMinutes } = core
  const { head } = state
  for (const operation of state.operations) operations.restore(operation)
  operations.nextId = head.nextOperation
  contexts.restore(state.contexts)
  contexts.nextId = head.nextContext
  contexts.nextName = head.nextName
  events.restore(state.queue, head.firstEvent, state.pending)
  events.nextId = head.nextPending
  variables.lastSubstitution = state.substitution
  const isSamePerl = head.perl !== undefined && head.perl === core.perl?.life
  if (isSamePerl && state.perlCache !== undefined) core.perlEntries?.restore(state.perlCache)
  fill(
    variables.values,
    // References of a Perl that is gone: undefined, as a variable that nothing was assigned to.
    state.variables.map(
      ([name, value]) => [name, isSamePerl || typeof value !== 'object' ? value : null] as const
    )
  )
  fill(scripts.awaited, state.scripts)
  fill(scripts.eventContexts, state.readers)
  fill(lastMinutes, state.minutes)
  fill(buffers, state.buffers)
}

function fill<Key, Value>(map: TrackedMap<Key, Value>, entries: Iterable<readonly [Key, Value]>): void {
  for (const [key, value] of entries) map.set(key, value)
}
