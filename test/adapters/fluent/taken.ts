import { Frames } from '../../../adapters/fluent/frames.ts'
import { RequestBatches, type RequestBatchesOptions } from '../../../adapters/fluent/request-batches.ts'
import { parseRequest } from '../../../adapters/fluent/request.ts'
import type { Batch } from '../../../plugin/adapter.ts'
import type { LogRecord } from '../../../plugin/record.ts'

export interface Taken {
  readonly batches: readonly Batch[]
  readonly records: readonly LogRecord[]
  readonly dead: Batch['dead']
  readonly dropped: Readonly<Record<string, number>>
  /** What the client is answered. */
  readonly ack: Buffer | undefined
  readonly fingerprint: string
}

/** What a source takes of one message. */
export async function taken(
  message: Buffer | string,
  options: Partial<RequestBatchesOptions> = {}
): Promise<Taken> {
  const frames = new Frames(100_000_000)
  frames.push(Buffer.from(message as string))
  const frame = frames.next()
  if (frame === undefined || frames.buffered > 0) throw new Error('expected one message')
  const request = parseRequest(frame)
  const batches = new RequestBatches({
    source: 'in',
    match: () => true,
    maxRecordBytes: 1_000_000,
    maxDecompressedBytes: 10_000_000,
    now: () => 1_800_000_000_000,
    ...options
  })
  const finish = (): Batch => batches.take({ ack: () => {} })
  const found: Batch[] = []
  for await (const batch of batches.add(request, 'id:', 0, finish)) found.push(batch)
  found.push(finish())
  const dropped: Record<string, number> = {}
  for (const [reason, count] of found.flatMap(each => Object.entries(each.dropped ?? {}))) {
    dropped[reason] = (dropped[reason] ?? 0) + count
  }
  return {
    batches: found,
    records: found.flatMap(({ records }) => records),
    dead: found.flatMap(({ dead }) => dead),
    dropped,
    ack: request.ack,
    fingerprint: request.fingerprint
  }
}
