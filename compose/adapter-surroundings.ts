import type { WallClock } from '../plugin/adapter.ts'
import type { TimeZone } from '../plugin/time/time-zone.ts'

/** What adapters need besides their configuration. */
export interface AdapterSurroundings {
  readonly clock: WallClock
  readonly timeZone: TimeZone
  /** Something is lost or damaged that nobody gets back. */
  readonly report: (message: string) => void
  /** Something that a user wants to know, and that does not come often. Messages are constant. */
  readonly inform: (message: string, fields: Readonly<Record<string, unknown>>) => void
  /** Something is not as it should be: said at most once a minute. Messages are constant. */
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void
}
