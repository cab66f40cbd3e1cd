import type { DeadLetter, DeadLetterSink, WallClock } from '../../plugin/adapter.ts'
import type { Alert } from '../../plugin/alert.ts'
import { LineFile } from './line-file.ts'

export interface FileDeadLettersOptions {
  readonly name: string
  /** A byte string. */
  readonly path: string
  /** An alert as JSON. */
  readonly format: (alert: Alert) => string
  readonly clock: WallClock
}

/** How the lines begin. */
const LINE_START = '{"reason":'

/**
 * Appends what cannot be processed or delivered to a file, as JSON, one a line: `reason`, `code`, `source` (of a
 * record) or `sink` (of an alert), `id`, `time` in milliseconds since Epoch, and `value`: the bytes as they came, one
 * character a byte, or the alert.
 */
export class FileDeadLetters implements DeadLetterSink {
  readonly name: string
  readonly #format: (alert: Alert) => string
  readonly #file: LineFile

  constructor({ name, path, format, clock }: FileDeadLettersOptions) {
    this.name = name
    this.#format = format
    this.#file = new LineFile({ path, clock, lineStart: LINE_START })
  }

  write(letters: readonly DeadLetter[], signal: AbortSignal): Promise<void> {
    return this.#file.write(
      letters.map(letter => this.#line(letter)),
      signal
    )
  }

  flush(): Promise<void> {
    return this.#file.flush()
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  #line(letter: DeadLetter): { text: string; key: string } {
    const { time } = letter
    if (letter.type === 'record') {
      const { reason, code, source, id, value } = letter.record
      return { text: asciiJson({ reason, code, source, id, time, value }), key: `${id} ${code}` }
    }
    const { reason, sink, alert } = letter
    const head = asciiJson({ reason, code: 'alert-refused', sink, id: alert.uid, time })
    return { text: `${head.slice(0, -1)},"value":${this.#format(alert)}}`, key: `${alert.uid} ${sink}` }
  }
}

/** JSON whose characters beyond ASCII are escaped, so that each stands for one byte of what came. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, character => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
