import type { Context } from '../contexts/store.ts'
import type { InputBuffer } from '../input-buffers.ts'
import type { Operation } from '../operations.ts'
import type { MatchCache } from '../patterns/match-variables.ts'
import type { Scripts } from '../scripts.ts'
import type { SyntheticEvents } from '../synthetic-events.ts'

/** All that a correlator remembers between two lines, as plain JSON data. Order is part of it. */
export interface CorrelatorState {
  /** When it was made or the first record came, seconds since Epoch; `null` before that. */
  readonly started: number | null
  /** The second that each input has come to in record time. */
  readonly clock: Readonly<Record<string, number>>
  readonly contexts: readonly Context[]
  readonly operations: readonly (Operation & { readonly file: string; readonly number: number })[]
  /** Values of action list variables; `null` is Perl's undefined value. */
  readonly variables: Readonly<Record<string, string | null>>
  readonly events: ReturnType<SyntheticEvents['state']>
  readonly buffers: Readonly<Record<string, InputBuffer>>
  readonly cache: MatchCache
  readonly scripts: ReturnType<Scripts['state']>
  /** The local minute that each Calendar rule last acted in. */
  readonly lastMinutes: readonly [rule: string, minute: string][]
  /** When the last timer pass was, seconds since Epoch; `null` before the first. */
  readonly lastPass: number | null
  /** How many programs were started: their numbers, which `scripts` refers to, never come twice. */
  readonly children: number
}
