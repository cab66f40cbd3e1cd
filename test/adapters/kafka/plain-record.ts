import type { KafkaRecord } from '../../../adapters/kafka/client.ts'

/** A record of the client with its parts as they would be written: they are made when they are asked for. */
export function plainRecord({ offset, timestamp, key, value, headers }: KafkaRecord): KafkaRecord {
  return { offset, timestamp, key, value, headers: { ...headers } }
}
