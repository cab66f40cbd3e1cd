import type { DeadRecord, LogRecord } from '../../plugin/record.ts'

/** What the records of a request are told of it. */
export interface RequestContext {
  /** The source's name. */
  readonly source: string
  /** Names the request: its records are `<id>/<ordinal>`, from 0. */
  readonly id: string
  /** Milliseconds since Epoch: for records that do not say when they were observed. */
  readonly observedTimestamp: number | undefined
  /** The topic that it is of; '' where there is none, as by default. */
  readonly tag?: string
}

/** What a request holds, in its order. Records that could not be decoded are dead, those around them live. */
export interface LogsRequest {
  readonly records: LogRecord[]
  readonly dead: DeadRecord[]
}

/** A request of which nothing can be decoded: the same bytes will never do. The message is for who sent it. */
export class RequestFault extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'RequestFault'
  }
}
