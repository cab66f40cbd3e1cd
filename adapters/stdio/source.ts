import { fstatSync } from 'node:fs'
import {
  AdapterError,
  type Batch,
  type Source,
  type SourceStart,
  type WallClock
} from '../../plugin/adapter.ts'
import type { Codec } from '../codecs/codec.ts'
import { type ByteReader, ENDED } from '../sec-inputs/byte-reader.ts'
import { openStandardInput } from '../sec-inputs/open-input.ts'
import type { InputStream } from '../sec-inputs/stream-reader.ts'
import { StreamLines } from '../stream-lines.ts'
import { systemErrorText } from '../system-error.ts'

/**
 * How long nothing may come, after the stage was told to stop, until it is taken for the end: who writes to us is
 * expected to close the pipe, and what it writes behind our back is lost.
 */
const QUIET_MS = 1000

export interface StdinSourceOptions {
  readonly name: string
  readonly codec: Codec
  readonly maxLineBytes: number
  readonly clock: WallClock
  /**
   * Answers each line when it is settled: the protocol of rsyslog's omprog with `confirmMessages="on"`, which writes a
   * line only when the one before is answered, and the first when we say that we are ready. `undefined`: nobody waits.
   * Source: rsyslog documentation, "omprog: confirmMessages".
   */
  readonly confirm: ((answers: string) => Promise<void>) | undefined
  /** Standard input where it is no regular file; by default the process's own. */
  readonly stdin?: () => InputStream
}

const OK = 'OK\n'

/**
 * Standard input, to its end. When the stage stops, it is read until it ends or nothing comes for a second. One who waits for
 * answers keeps what is not answered, and may go on sending for ever: then nothing is waited for.
 */
export class StdinSource implements Source {
  readonly name: string
  readonly live: boolean
  readonly awaitsAck: boolean
  readonly #options: StdinSourceOptions
  readonly #lines: StreamLines
  #reader: ByteReader | undefined
  #isClosed = false

  constructor(options: StdinSourceOptions) {
    const { name, codec, maxLineBytes, clock, confirm } = options
    this.#options = options
    this.name = name
    this.live = !isRegularFile()
    this.awaitsAck = confirm !== undefined
    const comesAgain = confirm !== undefined
    this.#lines = new StreamLines({ source: name, codec, maxLineBytes, clock, idPrefix: 'stdin', comesAgain })
  }

  async *read({ signal, position }: SourceStart): AsyncGenerator<Batch> {
    const { confirm, stdin = () => process.stdin } = this.#options
    if (this.#isClosed) return
    const opened = openStandardInput(false, stdin, () => this.#lines.wake())
    if ('problem' in opened) {
      const text = opened.problem === 'refused' ? opened.text : opened.problem
      throw new AdapterError(`can't read standard input (${text})`, { code: 'INPUT_TYPE', retryable: false })
    }
    this.#reader = this.live ? opened.reader : endingAtEnd(opened.reader)
    this.#lines.goOn(position)
    await confirm?.(OK)
    const quietMs = confirm === undefined ? QUIET_MS : 0
    try {
      yield* this.#lines.read(this.#reader, signal, quietMs, lines => confirm?.(OK.repeat(lines)))
    } catch (error) {
      if (this.#isClosed) return
      const text = `can't read standard input (${systemErrorText(error)})`
      throw new AdapterError(text, { code: 'INPUT_FAILED', retryable: false, cause: error })
    }
  }

  close(): Promise<void> {
    this.#isClosed = true
    this.#reader?.close()
    this.#reader = undefined
    return Promise.resolve()
  }
}

function isRegularFile(): boolean {
  try {
    return fstatSync(0).isFile()
  } catch {
    return false
  }
}

/** The end of a file is the end of what comes in. */
function endingAtEnd(reader: ByteReader): ByteReader {
  return { kind: reader.kind, read: room => reader.read(room) || ENDED, close: () => reader.close() }
}
