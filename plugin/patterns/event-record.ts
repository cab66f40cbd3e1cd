import type { Core } from '../core.ts'
import { type LogRecord, lineRecord } from '../record.ts'

/** The record being matched. What is none (a synthetic event, a line of `correlog sec`) is a record of its text. */
export function eventRecord(core: Core): LogRecord {
  return core.record ?? lineRecord('', core.buffers.source(1), core.buffers.text(1), core.now * 1000)
}
