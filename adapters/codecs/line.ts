import { LineRecord, lineRecord } from '../../plugin/record.ts'
import type { Codec } from './codec.ts'

/** Every line is a record, and its bytes are the body. */
export const lineCodec: Codec = (bytes, context, into) => {
  const { source, observedTimestamp, tag, idPrefix, idNumber } = context
  if (idPrefix !== undefined && idNumber !== undefined) {
    into.records.push(new LineRecord(idPrefix, idNumber, source, bytes, observedTimestamp, tag))
    return
  }
  into.records.push(lineRecord(context.id, source, bytes, observedTimestamp, tag))
}
