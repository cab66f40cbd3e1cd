import type { KafkaHeaders, KafkaRecord, TopicPartition } from '../client.ts'

/** Where a routed record was before: headers, so that who reads it knows what it has seen. Texts, offsets in decimal. */
const ROUTE_HEADERS = {
  topic: 'correlog.route.topic',
  partition: 'correlog.route.partition',
  offset: 'correlog.route.offset',
  /** Of a value that held several records: which of them it is, from 0. */
  ordinal: 'correlog.route.ordinal'
} as const

export interface Origin extends TopicPartition {
  readonly offset: number
  readonly ordinal?: number
}

/** The headers of a record that is routed on: its own, and its origin, in place of an earlier one. */
export function routedHeaders(
  { headers, offset }: Pick<KafkaRecord, 'headers' | 'offset'>,
  { topic, partition }: TopicPartition,
  ordinal?: number
): KafkaHeaders {
  const { [ROUTE_HEADERS.ordinal]: _earlier, ...others } = headers
  return {
    ...others,
    [ROUTE_HEADERS.topic]: Buffer.from(topic),
    [ROUTE_HEADERS.partition]: Buffer.from(String(partition)),
    [ROUTE_HEADERS.offset]: Buffer.from(String(offset)),
    ...(ordinal !== undefined && { [ROUTE_HEADERS.ordinal]: Buffer.from(String(ordinal)) })
  }
}

/** Where a record was before; `undefined`: it was not routed. */
export function originOf(headers: KafkaHeaders): Origin | undefined {
  const topic = headers[ROUTE_HEADERS.topic]
  if (topic === undefined) return undefined
  const partition = wholeNumber(headers[ROUTE_HEADERS.partition])
  const offset = wholeNumber(headers[ROUTE_HEADERS.offset])
  if (partition === undefined || offset === undefined) return undefined
  const ordinal = wholeNumber(headers[ROUTE_HEADERS.ordinal])
  return { topic: textOf(topic), partition, offset, ...(ordinal !== undefined && { ordinal }) }
}

type HeaderValue = KafkaHeaders[string]

function wholeNumber(value: HeaderValue | undefined): number | undefined {
  const text = value === undefined ? '' : textOf(value)
  return /^\d{1,16}$/.test(text) ? Number(text) : undefined
}

/** Of a header that is given several times the last one counts, as it does elsewhere. */
function textOf(value: HeaderValue): string {
  const last = Buffer.isBuffer(value) ? value : value.at(-1)
  return last?.toString() ?? ''
}
