import { KafkaClientError } from '../client.ts'

/** Parts of the errors of kafkajs, Node.js and ours that say what it is about. */
interface AnyError {
  readonly name?: unknown
  readonly message?: unknown
  readonly type?: unknown
  readonly code?: unknown
  readonly retriable?: unknown
  readonly cause?: unknown
  readonly errors?: readonly unknown[]
  /** Of records that can't be deleted. */
  readonly partitions?: readonly { readonly error?: unknown }[]
}

/** What to do about an answer of a broker, and whether the same may succeed later where kafkajs says otherwise. */
const advice: Readonly<Record<string, { readonly todo: string; readonly retryable?: boolean }>> = {
  TOPIC_AUTHORIZATION_FAILED: {
    todo: 'let this user do it by an ACL on the topic (Describe and Read to consume, Describe and Write to produce, Create to make it, Delete to delete records)'
  },
  GROUP_AUTHORIZATION_FAILED: { todo: 'let this user Read the consumer group by an ACL' },
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: {
    todo: 'let this user Describe and Write the transactional id by an ACL (prefixed with the group)'
  },
  CLUSTER_AUTHORIZATION_FAILED: {
    todo: 'let this user do it by an ACL on the cluster (IdempotentWrite to produce, Create to make topics)'
  },
  UNKNOWN_TOPIC_OR_PARTITION: { todo: 'make the topic, or correct its name', retryable: true },
  INVALID_TOPIC_EXCEPTION: { todo: 'correct the name of the topic' },
  MESSAGE_TOO_LARGE: {
    todo: "a record is larger than the topic's max.message.bytes: raise it, or send less"
  },
  RECORD_LIST_TOO_LARGE: { todo: "a record is larger than the topic's segment.bytes: raise it" },
  INVALID_PRODUCER_EPOCH: {
    todo: 'another producer works under this transactional id, or the transaction took longer than its time-out',
    retryable: true
  },
  INVALID_PRODUCER_ID_MAPPING: {
    todo: 'the broker has forgotten this producer after days of rest: make a new one',
    retryable: true
  },
  OUT_OF_ORDER_SEQUENCE_NUMBER: {
    todo: 'what became of the records is unknown: make a new producer',
    retryable: true
  },
  UNKNOWN_PRODUCER_ID: {
    todo: 'what became of the records is unknown: make a new producer',
    retryable: true
  },
  INVALID_TXN_STATE: {
    todo: 'what became of the transaction is unknown: make a new producer',
    retryable: true
  },
  CONCURRENT_TRANSACTIONS: { todo: 'the one before is still being ended', retryable: true },
  INVALID_TRANSACTION_TIMEOUT: { todo: "the broker's transaction.max.timeout.ms allows less" },
  INVALID_SESSION_TIMEOUT: {
    todo: "the broker's group.min.session.timeout.ms and group.max.session.timeout.ms allow another range"
  },
  INCONSISTENT_GROUP_PROTOCOL: {
    todo: 'the group has members that are no correlog of this application: choose another group'
  },
  INVALID_REPLICATION_FACTOR: { todo: "there are fewer brokers than the topic's replication factor" },
  POLICY_VIOLATION: { todo: "the broker's policies do not allow it" },
  UNSUPPORTED_VERSION: { todo: 'the broker must be Apache Kafka 2.1 or newer' },
  REBALANCE_IN_PROGRESS: { todo: 'the group is being dealt out anew', retryable: true },
  ILLEGAL_GENERATION: { todo: 'the group was dealt out anew meanwhile', retryable: true },
  UNKNOWN_MEMBER_ID: { todo: 'the group does not know this member any more', retryable: true },
  KAFKAJS_UNKNOWN_ERROR_CODE: {
    todo: 'a newer broker says what this client does not know: look into its log',
    retryable: true
  },
  COORDINATOR_NOT_AVAILABLE: { todo: 'wait for the broker to be ready', retryable: true }
}

/** Of sockets: what can't be mended by trying again. */
const certificateCodes =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|ERR_SSL_|EPROTO$|HOSTNAME_MISMATCH$|INVALID_CA$)/

/** Whether a socket's error is the fault of certificates or of TLS that the other side does not speak. */
export function isCertificateError(error: unknown): boolean {
  const { code } = error as AnyError
  return typeof code === 'string' && certificateCodes.test(code)
}

/**
 * @param doing what it was about, as a sentence begins: `topic "a"`, `group "g"`
 * @returns the same error where it is one of ours already
 */
export function clientError(error: unknown, doing: string): KafkaClientError {
  const chain = [...causes(error)]
  const own = chain.find(one => one instanceof KafkaClientError)
  if (own !== undefined) return own
  const answer = chain.find((one): one is AnyError & { type: string } => typeof one.type === 'string')
  if (answer !== undefined) {
    const known = advice[answer.type]
    const retryable = known?.retryable ?? answer.retriable === true
    const todo = known === undefined ? '' : `; ${known.todo}`
    return new KafkaClientError(`${doing}: ${answer.type}: ${lowerFirst(text(answer))}${todo}`, {
      code: answer.type,
      retryable,
      cause: error
    })
  }
  const named = (name: string): AnyError | undefined => chain.find(one => one.name === name)
  const sasl = named('KafkaJSSASLAuthenticationError')
  if (sasl !== undefined) {
    return new KafkaClientError(
      `${doing}: the broker refuses the login: ${lowerFirst(text(sasl))}; check user, password and SASL mechanism`,
      { code: 'SASL_AUTHENTICATION_FAILED', retryable: false, cause: error }
    )
  }
  const innermost = chain.at(-1) ?? {}
  const connection = chain.find(
    ({ name }) => typeof name === 'string' && /Connection|Timeout|Broker|Metadata|Coordinator/.test(name)
  )
  return new KafkaClientError(`${doing}: ${lowerFirst(text(connection ?? innermost))}`, {
    code: connection === undefined ? 'CLIENT' : 'CONNECTION',
    retryable: connection !== undefined || chain.every(({ retriable }) => retriable === true),
    cause: error
  })
}

/** The error, then its causes, the nearest first. */
function* causes(error: unknown): Generator<AnyError> {
  const seen = new Set<unknown>()
  const waiting = [error]
  while (waiting.length > 0) {
    const next = waiting.shift()
    if (typeof next !== 'object' || next === null || seen.has(next)) continue
    seen.add(next)
    const { cause, errors, partitions } = next as AnyError
    yield next
    waiting.push(cause, ...(errors ?? []), ...(partitions ?? []).map(({ error: one }) => one))
  }
}

function text({ message }: AnyError): string {
  return typeof message === 'string' ? message.replace(/\.$/, '') : 'an error without words'
}

/** As the middle of a sentence. */
export function lowerFirst(sentence: string): string {
  return /^[A-Z][a-z]/.test(sentence) ? sentence.charAt(0).toLowerCase() + sentence.slice(1) : sentence
}
