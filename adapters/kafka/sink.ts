import type { DeadLetter, DeadLetterSink, Sink } from '../../plugin/adapter.ts'
import type { Alert } from '../../plugin/alert.ts'
import { type AlertMessageOptions, alertMessage } from './alert-message.ts'
import { type DeadLetterMessageOptions, deadLetterMessage } from './dead-letter-message.ts'
import type { MessageOutput } from './output.ts'

/** Alerts to a topic. They are durable when they are written, or when the task's transaction is. */
export class KafkaSink implements Sink {
  readonly name: string
  readonly #options: AlertMessageOptions
  readonly #output: MessageOutput

  constructor(name: string, options: AlertMessageOptions, output: MessageOutput) {
    this.name = name
    this.#options = options
    this.#output = output
  }

  write(alerts: readonly Alert[]): Promise<void> {
    return this.#output.send(alerts.map(alert => alertMessage(alert, this.#options)))
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return this.#output.close()
  }
}

/** Dead letters to a topic, as `KafkaSink`. */
export class KafkaDeadLetters implements DeadLetterSink {
  readonly name: string
  readonly #options: DeadLetterMessageOptions
  readonly #output: MessageOutput

  constructor(name: string, options: DeadLetterMessageOptions, output: MessageOutput) {
    this.name = name
    this.#options = options
    this.#output = output
  }

  write(letters: readonly DeadLetter[]): Promise<void> {
    return this.#output.send(letters.map(letter => deadLetterMessage(letter, this.#options)))
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return this.#output.close()
  }
}
