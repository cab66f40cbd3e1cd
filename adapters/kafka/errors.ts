import { AdapterError } from '../../plugin/adapter.ts'
import { KafkaClientError } from './client.ts'

/** What a client could not do, in the stage's terms. */
export function adapterError(error: unknown): AdapterError {
  if (error instanceof AdapterError) return error
  if (error instanceof KafkaClientError) {
    const { message, code, retryable } = error
    return new AdapterError(message, { code, retryable, cause: error })
  }
  const message = error instanceof Error ? error.message : String(error)
  return new AdapterError(message, { code: 'KAFKA', retryable: true, cause: error })
}

/** Rights and names, which nothing but a change by somebody mends. A fenced task's errors pass by themselves. */
const FOR_GOOD =
  /AUTHORIZATION_FAILED$|AUTHENTICATION|^(?:CERTIFICATE|CODEC|UNSUPPORTED|INVALID_CONFIG|INVALID_TRANSACTION_TIMEOUT|NOT_COPARTITIONED|STATE_LOST|CHANGELOG|UNKNOWN_TOPIC|INVALID_TOPIC)/

/** Whether waiting does not help. */
export function isForGood(error: unknown): boolean {
  if (error instanceof AdapterError || error instanceof KafkaClientError) {
    return !error.retryable && FOR_GOOD.test(error.code)
  }
  return error instanceof Error && error.name === 'StateError'
}
