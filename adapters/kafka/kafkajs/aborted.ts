import type { RecordBatch } from './record-batches.ts'

/** A transaction that was aborted, as a broker names it beside what it sends. */
export interface AbortedTransaction {
  readonly producerId: string
  readonly firstOffset: string
}

/** Of a marker's key (version int16, type int16): the type of an abort. https://kafka.apache.org/documentation/#controlbatch */
const ABORT = 0

/**
 * Leaves out markers and what aborted transactions wrote. The broker names them in no order, all that touch what was
 * fetched, one a producer at a time; an abort marker ends its producer's.
 */
export function withoutAborted(
  batches: readonly RecordBatch[],
  aborted: readonly AbortedTransaction[]
): RecordBatch[] {
  const coming = aborted
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: Number(firstOffset) }))
    .toSorted((one, other) => other.firstOffset - one.firstOffset)
  const open = new Set<string>()
  return batches.filter(batch => {
    for (let next = coming.at(-1); next !== undefined && next.firstOffset <= batch.lastOffset; ) {
      open.add(next.producerId)
      coming.pop()
      next = coming.at(-1)
    }
    if (!batch.control) return !(batch.transactional && open.has(batch.producerId))
    if (isAbortMarker(batch)) open.delete(batch.producerId)
    return false
  })
}

/** Its record: length (varint), attributes (int8), time stamp delta, offset delta and length of the key (varints), key. */
function isAbortMarker({ body }: RecordBatch): boolean {
  let at = 0
  const skipVarint = (): void => {
    while ((body[at] ?? 0) & 0x80) at++
    at++
  }
  skipVarint()
  at++
  for (let skipped = 0; skipped < 3; skipped++) skipVarint()
  return body.length >= at + 4 && body.readInt16BE(at + 2) === ABORT
}
