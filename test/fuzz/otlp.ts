import { type LogsRequest, RequestFault } from '../../adapters/otlp/logs-request.ts'
import { parseLogsRequest } from '../../adapters/otlp/parse-logs-request.ts'
import { readLogsRequest } from '../../adapters/otlp/read-logs-request.ts'
import type { DecodeRequest } from '../../adapters/otlp/requests.ts'
import { Random } from '../parity/rule-files/random.ts'
import { encodeRequest } from '../adapters/otlp/protobuf.ts'

export interface FuzzResult {
  readonly read: number
  readonly refused: number
  readonly dead: number
}

const CONTEXT = { source: 'in', id: 'otlp:1', observedTimestamp: 0 }

/** Bytes that say much in protobuf and JSON. */
const TELLING = [0x00, 0x0a, 0x12, 0x2a, 0x32, 0x7f, 0x80, 0xff, 0x22, 0x5b, 0x5d, 0x7b, 0x7d, 0x2c, 0x5c]

/**
 * Decodes requests that are damaged at random, half of them protobuf, half JSON.
 *
 * @throws Error where one is neither read nor refused
 */
export function fuzzRequests(count: number, seed: number): FuzzResult {
  const random = new Random(seed)
  const seeds = Array.from({ length: 50 }, () => request(random))
  const inProtobuf = seeds.map(each => encodeRequest(each))
  const inJson = seeds.map(each => Buffer.from(JSON.stringify(each)))
  let [read, refused, dead] = [0, 0, 0]
  for (let index = 0; index < count; index++) {
    const isProtobuf = index % 2 === 0
    const samples = isProtobuf ? inProtobuf : inJson
    const bytes = damaged(samples[random.below(samples.length)] as Buffer, random)
    const found = decoded(isProtobuf ? readLogsRequest : parseLogsRequest, bytes)
    if (found === undefined) refused++
    else {
      read++
      dead += found.dead.length
    }
  }
  return { read, refused, dead }
}

function decoded(decode: DecodeRequest, bytes: Buffer): LogsRequest | undefined {
  try {
    return decode(bytes, CONTEXT)
  } catch (error) {
    if (error instanceof RequestFault) return undefined
    throw new Error(`neither read nor refused: ${bytes.toString('base64')}`, { cause: error })
  }
}

function damaged(sample: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(sample)
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    bytes[random.below(bytes.length)] =
      random.below(2) === 0 ? random.below(256) : (TELLING[random.below(TELLING.length)] ?? 0)
  }
  if (random.below(4) === 0) return bytes.subarray(0, random.below(bytes.length))
  if (random.below(8) > 0) return bytes
  // A part of it comes twice.
  const start = random.below(bytes.length)
  const end = start + random.below(bytes.length - start)
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)])
}

function request(random: Random): Readonly<Record<string, unknown>> {
  const some = (most: number, item: () => unknown): unknown[] =>
    Array.from({ length: random.below(most + 1) }, item)
  const text = (): string => 'x'.repeat(random.below(20))
  const value = (depth: number): Record<string, unknown> => {
    switch (random.below(depth > 0 ? 7 : 5)) {
      case 0:
        return { stringValue: text() }
      case 1:
        return { intValue: String(BigInt(random.below(2 ** 31)) * BigInt(random.below(2 ** 31))) }
      case 2:
        return { doubleValue: random.below(1000) / 7 }
      case 3:
        return { boolValue: true }
      case 4:
        return { bytesValue: '/wCA' }
      case 5:
        return { arrayValue: { values: some(3, () => value(depth - 1)) } }
      default:
        return { kvlistValue: { values: some(3, () => keyValue(depth - 1)) } }
    }
  }
  const keyValue = (depth: number) => ({ key: text(), value: value(depth) })
  const logRecord = () => ({
    timeUnixNano: `${random.below(2 ** 31)}123456789`,
    severityNumber: random.below(25),
    severityText: text(),
    body: value(3),
    attributes: some(5, () => keyValue(2)),
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    flags: 1,
    eventName: text()
  })
  return {
    resourceLogs: Array.from({ length: 1 + random.below(2) }, () => ({
      resource: { attributes: some(3, () => keyValue(1)) },
      scopeLogs: Array.from({ length: 1 + random.below(2) }, () => ({
        scope: { name: text(), version: text() },
        logRecords: Array.from({ length: 1 + random.below(4) }, logRecord)
      }))
    }))
  }
}
