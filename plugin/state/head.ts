import type { Core } from '../core.ts'
import { type Fields, isNumber } from './fields.ts'

/** Of the entry `correlator`. A state of another version is refused. */
export const STATE_VERSION = 1

/** What a correlator remembers that is none of many. */
export interface Head {
  /** The clock; all times are seconds since Epoch. */
  readonly now: number
  /** `undefined` before the first record, in record time. */
  readonly started: number | undefined
  /** The second that each input has come to, in record time. */
  readonly clock: Readonly<Record<string, number>>
  /** The last timer pass; `undefined` before the first. */
  readonly lastPass: number | undefined
  /** How many programs were started: their numbers never come twice. */
  readonly children: number
  /** How many inputs had no id of their own, in a stage. */
  readonly inputs: number
  readonly nextOperation: number
  readonly nextContext: number
  readonly nextName: number
  /** The number of the next event to be scheduled. */
  readonly nextPending: number
  /** The number of the first synthetic event that waits, or of the next one that will. */
  readonly firstEvent: number
  /** The life of the Perl that references are of (`PerlHost.life`); `undefined`: there are none. */
  readonly perl: string | undefined
  /** Whether there is one input buffer for all inputs. */
  readonly jointBuffer: boolean
  /** Where the last line came from; `undefined` of a synthetic event. */
  readonly lastSource: string | undefined
}

/** Of a correlator; `own` is what its stores don't know. */
export function headOf(
  { now, alerting, operations, contexts, events, buffers, perl }: Core,
  own: Pick<Head, 'started' | 'clock' | 'lastPass' | 'children'>
): Head {
  return {
    now,
    ...own,
    inputs: alerting?.inputs ?? 0,
    nextOperation: operations.nextId,
    nextContext: contexts.nextId,
    nextName: contexts.nextName,
    nextPending: events.nextId,
    firstEvent: events.firstWaiting,
    perl: perl?.life,
    jointBuffer: buffers.joint,
    lastSource: buffers.currentSource
  }
}

export function encodeHead(head: Head): string {
  return JSON.stringify({ version: STATE_VERSION, ...head })
}

export function readHead(fields: Fields): Head {
  return {
    now: fields.number('now'),
    started: fields.has('started') ? fields.number('started') : undefined,
    clock: fields.record('clock', isNumber),
    lastPass: fields.has('lastPass') ? fields.number('lastPass') : undefined,
    children: fields.number('children'),
    inputs: fields.number('inputs'),
    nextOperation: fields.number('nextOperation'),
    nextContext: fields.number('nextContext'),
    nextName: fields.number('nextName'),
    nextPending: fields.number('nextPending'),
    firstEvent: fields.number('firstEvent'),
    perl: fields.has('perl') ? fields.string('perl') : undefined,
    jointBuffer: fields.boolean('jointBuffer'),
    lastSource: fields.has('lastSource') ? fields.string('lastSource') : undefined
  }
}
