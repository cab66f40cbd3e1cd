import { gzipSync } from 'node:zlib'
import { ForwardError } from '../../adapters/fluent/forward-error.ts'
import { Frames } from '../../adapters/fluent/frames.ts'
import { RequestBatches } from '../../adapters/fluent/request-batches.ts'
import { parseRequest } from '../../adapters/fluent/request.ts'
import { wallClock } from '../../adapters/wall-clock.ts'
import type { Batch } from '../../plugin/adapter.ts'
import { eventTime, pack, str32 } from '../adapters/fluent/bytes.ts'
import { Random } from '../parity/rule-files/random.ts'

const LIMITS = { maxMessageBytes: 20_000, maxRecordBytes: 5_000, maxDecompressedBytes: 100_000 }

const entries = Buffer.concat([
  pack([1_500_000_000, { message: 'foo', n: -1, list: [1, 2.5, null, true], map: { a: { b: 'c' } } }]),
  pack([eventTime(1_500_000_001, 5), { log: 'bar\n', big: 2n ** 60n, bytes: Buffer.from([0xff, 0]) }]),
  pack([[eventTime(1_500_000_002), { otlp: { severity_number: 9 } }], { log: 'baz' }])
])

/** What is mutated: a message of each form. */
const SEEDS: readonly Buffer[] = [
  pack(['app.log', 1_500_000_000, { message: 'foo', level: 'warn' }, { chunk: 'a' }]),
  pack([
    'app.log',
    [
      [1, { message: 'foo' }],
      [eventTime(2), { log: 'bar' }]
    ],
    { size: 2, chunk: 'b' }
  ]),
  pack(['app.log', entries, { chunk: 'c', compressed: 'text' }]),
  Buffer.concat([Buffer.from('93a7', 'hex'), Buffer.from('app.log'), str32(entries), pack({ chunk: 'd' })]),
  pack(['app.log', gzipSync(entries), { compressed: 'gzip', chunk: 'e\n' }]),
  pack(['app.log', Buffer.from('28b52ffd0458390000666f6f20626172a09dcd18', 'hex'), { compressed: 'zstd' }]),
  pack(['app.log', entries, { fluent_signal: 1, chunk: 'f' }]),
  Buffer.from('["app.log",[[1500000000,{"message":"f\\u00f6"}]],{"chunk":"g"}]\n["app.log",1,{"log":"x"}]'),
  Buffer.from([0xc0])
]

export interface FuzzResult {
  readonly frames: number
  readonly records: number
  readonly dead: number
  readonly errors: number
}

/**
 * Gives mutated messages to what a source does with them, in pieces. What is thrown other than a ForwardError comes out, with
 * the bytes in its message.
 */
export async function fuzzForward(count: number, seed: number): Promise<FuzzResult> {
  const random = new Random(seed)
  const result = { frames: 0, records: 0, dead: 0, errors: 0 }
  for (let number = 0; number < count; number++) {
    const bytes = mutated(random)
    try {
      await take(bytes, random, result)
    } catch (error) {
      if (!(error instanceof ForwardError)) {
        throw new Error(`${String(error)} of ${bytes.toString('hex')}`, { cause: error })
      }
      result.errors++
    }
  }
  return result
}

async function take(
  bytes: Buffer,
  random: Random,
  result: { -readonly [Name in keyof FuzzResult]: number }
): Promise<void> {
  const frames = new Frames(LIMITS.maxMessageBytes)
  const batches = new RequestBatches({
    ...LIMITS,
    source: 'fuzz',
    match: () => true,
    now: () => wallClock.now()
  })
  const finish = (): Batch => batches.take({ ack: () => {} })
  const gather = ({ records, dead }: Batch): void => {
    result.records += records.length
    result.dead += dead.length
    // What records hold goes into checkpoints and dead letters.
    JSON.stringify([records, dead])
  }
  for (let start = 0; start < bytes.length; ) {
    const end = Math.min(start + 1 + random.below(bytes.length), bytes.length)
    frames.push(Buffer.from(bytes.subarray(start, end)))
    start = end
    for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
      result.frames++
      for await (const batch of batches.add(parseRequest(frame), 'id:', 0, finish)) gather(batch)
      gather(finish())
    }
  }
}

/** One or more mutations of a message, or of two one behind the other. */
export function mutated(random: Random): Buffer {
  let bytes: Buffer = Buffer.from(random.pick(SEEDS))
  if (random.chance(0.2)) bytes = Buffer.concat([bytes, random.pick(SEEDS)])
  for (let left = 1 + random.below(4); left > 0; left--) bytes = mutate(bytes, random)
  return bytes
}

const LENGTHS = [0xc6, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xc9, 0xc1, 0xd7, 0xff, 0x00, 0x7f, 0x9f, 0x8f]

function mutate(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1)
  switch (random.below(6)) {
    case 0: {
      const copy = Buffer.from(bytes)
      if (at < copy.length) copy[at] = (copy[at] as number) ^ (1 << random.below(8))
      return copy
    }
    case 1: {
      const copy = Buffer.from(bytes)
      if (at < copy.length) copy[at] = random.pick(LENGTHS)
      return copy
    }
    case 2:
      return bytes.subarray(0, at)
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8))])
    case 4: {
      const inserted = Buffer.from(random.times(1, 8, () => random.below(256)))
      return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)])
    }
    default: {
      const other = random.pick(SEEDS)
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length))])
    }
  }
}
