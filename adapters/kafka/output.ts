import { AdapterError } from '../../plugin/adapter.ts'
import type { KafkaMessage, KafkaProducer } from './client.ts'
import { adapterError } from './errors.ts'

/** Where messages of a task go. */
export interface MessageOutput {
  /** @throws AdapterError; `refused` are those that no broker will take. */
  send(messages: readonly KafkaMessage[]): Promise<void>
  /** Safe to call twice. */
  close(): Promise<void>
}

/** Keeps messages until the task's transaction takes them. */
export class CollectedMessages implements MessageOutput {
  #messages: KafkaMessage[] = []

  send(messages: readonly KafkaMessage[]): Promise<void> {
    this.#messages.push(...messages)
    return Promise.resolve()
  }

  /** What was collected is not sent by anybody. */
  close(): Promise<void> {
    this.#messages = []
    return Promise.resolve()
  }

  take(): readonly KafkaMessage[] {
    const messages = this.#messages
    this.#messages = []
    return messages
  }
}

/** Sends messages at once, by one idempotent producer. */
export class ProducerOutput implements MessageOutput {
  readonly #create: () => Promise<KafkaProducer>
  #producer: Promise<KafkaProducer> | undefined
  #isClosed = false

  readonly #onClose: () => Promise<void>

  /** `onClose`: for what `create` has opened besides. */
  constructor(create: () => Promise<KafkaProducer>, onClose: () => Promise<void> = () => Promise.resolve()) {
    this.#create = create
    this.#onClose = onClose
  }

  async send(messages: readonly KafkaMessage[]): Promise<void> {
    try {
      await this.#try(messages)
    } catch (error) {
      const failure = adapterError(error)
      if (failure.retryable || !TOO_LARGE.has(failure.code)) throw failure
      await this.#sendEach(messages, failure)
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#end()
    await this.#onClose()
  }

  /** One of them is too long; which one, the broker does not say. */
  async #sendEach(messages: readonly KafkaMessage[], failure: AdapterError): Promise<void> {
    const refused: number[] = []
    for (const [index, message] of messages.entries()) {
      try {
        await this.#try([message])
      } catch (error) {
        const { code, retryable } = adapterError(error)
        if (retryable || !TOO_LARGE.has(code)) throw adapterError(error)
        refused.push(index)
      }
    }
    if (refused.length === 0) return
    const { message, code } = failure
    throw new AdapterError(message, { code, retryable: false, refused, cause: failure })
  }

  async #try(messages: readonly KafkaMessage[]): Promise<void> {
    if (this.#isClosed) throw new AdapterError('closed', { code: 'CLOSED', retryable: true })
    this.#producer ??= this.#create()
    try {
      await (await this.#producer).send(messages)
    } catch (error) {
      // What an idempotent producer has lost count of it can't send again.
      await this.#end()
      throw error
    }
  }

  async #end(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    await producer?.then(
      each => each.close(),
      () => {}
    )
  }
}

/** The same for several sinks, none of which closes it. */
export function sharedOutput(output: MessageOutput): MessageOutput {
  return { send: messages => output.send(messages), close: () => Promise.resolve() }
}

const TOO_LARGE: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])
