import type { DeadLetter } from '../../plugin/adapter.ts'
import { type AlertMessageOptions, alertMessage } from './alert-message.ts'
import type { KafkaMessage } from './client.ts'

export interface DeadLetterMessageOptions extends Omit<AlertMessageOptions, 'key'> {
  readonly application: string
}

/** The prefix of Kafka Connect's headers, which tools for dead-letter topics know. Source: KIP-298. */
const ERRORS = '__connect.errors.'

/**
 * A dead letter as a record of a topic: the value as it came, under the key that it came with, and why in headers as
 * Kafka Connect writes them. An alert that a sink refused is JSON.
 */
export function deadLetterMessage(letter: DeadLetter, options: DeadLetterMessageOptions): KafkaMessage {
  const { topic, application, maxBodyBytes } = options
  if (letter.type === 'alert') {
    const { alert, sink, reason } = letter
    const message = alertMessage(alert, { ...options, key: undefined })
    const why = headersOf({
      'connector.name': application,
      stage: 'TASK_PUT',
      'exception.class.name': 'alert-refused',
      'exception.message': reason
    })
    return {
      ...message,
      headers: { ...message.headers, ...why, 'correlog.sink': Buffer.from(sink, 'latin1') }
    }
  }
  const { id, code, reason, value, size = value.length, key, source } = letter.record
  const isCut = value.length > maxBodyBytes || size > value.length
  return {
    topic,
    key: key === undefined ? null : Buffer.from(key, 'latin1'),
    value: Buffer.from(value.slice(0, maxBodyBytes), 'latin1'),
    headers: {
      ...headersOf({
        ...placeOf(id),
        'connector.name': application,
        stage: 'VALUE_CONVERTER',
        'exception.class.name': code,
        'exception.message': reason
      }),
      'correlog.source': Buffer.from(source, 'latin1'),
      'correlog.record.id': Buffer.from(id, 'latin1'),
      ...(isCut && { 'correlog.value.bytes': Buffer.from(String(size)) })
    }
  }
}

function headersOf(values: Readonly<Record<string, string>>): Record<string, Buffer> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [ERRORS + name, Buffer.from(value, 'latin1')])
  )
}

/** `TOPIC/PARTITION/OFFSET` and, where a value holds several records, `/NUMBER`. */
function placeOf(id: string): Readonly<Record<string, string>> {
  const [, topic, partition, offset] = /^([^/]+)\/(\d+)\/(\d+)(?:\/\d+)?$/.exec(id) ?? []
  return topic === undefined || partition === undefined || offset === undefined
    ? {}
    : { topic, partition, offset }
}
