/** What of kafkajs' pool of brokers is used here. */
export interface BrokerPool {
  readonly brokers: Readonly<Record<string, unknown>>
  metadataExpireAt: number | null
  findBroker(which: { readonly nodeId: string }): Promise<unknown>
}

/** Makes kafkajs' error for a broker that is not there, on which it asks for brokers anew and tries again. */
type BrokerNotFound = new (message: string) => Error

/**
 * Asks one broker after the other. Stands in for kafkajs' `withBroker`, which keeps to itself why none has answered: a
 * group that is denied, or a broker that restarts, becomes a coordinator that is not found, and the consumer gives up.
 */
export function askAnyBroker(KafkaJSBrokerNotFound: BrokerNotFound) {
  return async function withBroker<Answer>(
    this: BrokerPool,
    ask: (one: { readonly nodeId: string; readonly broker: unknown }) => Promise<Answer>
  ): Promise<Answer> {
    let last: unknown
    for (const nodeId of Object.keys(this.brokers).toSorted(() => Math.random() - 0.5)) {
      try {
        return await ask({ nodeId, broker: await this.findBroker({ nodeId }) })
      } catch (error) {
        last = error
      }
    }
    // An answer has a type, a connection that failed has none; and a login that is refused is not tried again.
    const { type, retriable } = (last ?? {}) as { readonly type?: string; readonly retriable?: boolean }
    if (last instanceof Error && (type !== undefined || retriable === false)) throw last
    const reason = last instanceof Error ? last.message : 'no brokers are known'
    throw Object.assign(new KafkaJSBrokerNotFound(reason), { cause: last })
  }
}

/**
 * Lets brokers be asked for anew. Stands in for kafkajs' `removeBroker`, which also forgets the one whose connection was
 * closed: a consumer that knows none crashes, and joins under a new name when the group has waited for the old one in vain.
 */
export function keepBroker(this: BrokerPool): void {
  this.metadataExpireAt = null
}

/** What of kafkajs' connection is used here. */
interface Receiver {
  chunks: readonly Buffer[]
  bytesBuffered: number
  bytesNeeded: number
  isConnected(): boolean
}

const LENGTH_BYTES = 4

/** A connection that is made again begins with a new answer: kafkajs keeps what it had of one that was cut off. */
export function connectAfresh(connect: (this: Receiver) => Promise<boolean>) {
  return async function connectWithNothing(this: Receiver): Promise<boolean> {
    if (!this.isConnected()) {
      this.chunks = []
      this.bytesBuffered = 0
      this.bytesNeeded = LENGTH_BYTES
    }
    return connect.call(this)
  }
}
