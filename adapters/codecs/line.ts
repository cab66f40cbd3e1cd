import { lineRecord } from '../../plugin/record.ts'
import type { Codec } from './codec.ts'

/** Every line is a record, and its bytes are the body. */
export const lineCodec: Codec = (bytes, { id, source, observedTimestamp, tag }, into) => {
  const record = lineRecord(id, source, bytes, observedTimestamp)
  into.records.push(tag === '' ? record : { ...record, tag })
}
