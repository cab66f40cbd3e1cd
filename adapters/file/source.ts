import {
  AdapterError,
  type Batch,
  type Source,
  type SourceStart,
  type WallClock
} from '../../plugin/adapter.ts'
import type { Codec } from '../codecs/codec.ts'
import { type FileIdentity, identityOf, statInput } from '../sec-inputs/open-input.ts'
import { BatchBuilder } from '../source-lines.ts'
import { systemErrorText } from '../system-error.ts'
import { type FilePosition, parsePositions } from './file-position.ts'
import { findFile } from './find-file.ts'
import { type FileStart, OpenFile, type OpenFileLine } from './open-file.ts'

/** The first pause and the longest, when there was nothing to read. */
const PAUSE_MS = { least: 2, most: 100 }

/** After a fault it is tried again so often. */
const FAULT_PAUSE_MS = 1000

/** For how long a file is read on whose name stands for another one: its writer may not know yet. */
const PATIENCE_MS = 30_000

/** Of more than these the oldest are closed as soon as they are at their end. */
const MOST_REPLACED = 8

export interface FileSourceOptions {
  readonly name: string
  /** A byte string. */
  readonly path: string
  readonly codec: Codec
  /** Reads on when more is written and when the name comes to stand for another file; else it ends at the end. */
  readonly follow: boolean
  /** Where to begin in a file when no checkpoint says. A file that came later is read from its beginning. */
  readonly startAt: 'beginning' | 'end'
  readonly maxLineBytes: number
  readonly clock: WallClock
  /** What can't be helped: lines that are gone. */
  readonly onLoss?: (message: string) => void
}

interface ReplacedFile {
  readonly file: OpenFile
  /** Monotonic. */
  newsAt: number
  isOver: boolean
}

/**
 * Follows a regular file by its name, through rotation and truncation. A record's id is `file:`, the fingerprint of the
 * file and the byte offset of its line; a position holds the same and is found again in a file that was moved meanwhile.
 */
export class FileSource implements Source {
  readonly name: string
  readonly live: boolean
  readonly awaitsAck = false
  readonly #options: FileSourceOptions
  readonly #batch: BatchBuilder
  /** Files that had the name before, oldest first. */
  #replaced: ReplacedFile[] = []
  #file: OpenFile | undefined
  /** Nothing comes any more. */
  #isAtEnd = false
  #isClosed = false

  constructor(options: FileSourceOptions) {
    this.#options = options
    this.name = options.name
    this.live = options.follow
    const { name, codec, maxLineBytes, clock } = options
    this.#batch = new BatchBuilder({ source: name, codec, maxLineBytes, now: () => clock.now() })
  }

  async *read({ position, signal, onTrouble }: SourceStart): AsyncGenerator<Batch> {
    const { clock, startAt } = this.#options
    let start: FileStart = startAt
    if (position !== undefined) start = this.#resume(position)
    let pauseMs = PAUSE_MS.least
    let told: string | undefined
    while (!signal.aborted && !this.#isClosed) {
      const trouble = this.#file === undefined ? this.#open(start) : this.#gather()
      if (trouble !== told) onTrouble(trouble)
      told = trouble
      if (trouble === undefined) start = 'beginning'
      if (!this.#batch.isEmpty) {
        pauseMs = PAUSE_MS.least
        yield this.#batch.take(this.#positions(), () => {})
      } else if (this.#isAtEnd) {
        if (this.#file !== undefined) this.#takeRest(this.#file)
        if (!this.#batch.isEmpty) yield this.#batch.take(this.#positions(), () => {})
        return
      } else if (trouble !== undefined) {
        start = 'beginning'
        await clock.delay(FAULT_PAUSE_MS, signal)
      } else {
        await clock.delay(pauseMs, signal)
        pauseMs = Math.min(2 * pauseMs, PAUSE_MS.most)
      }
    }
  }

  lag(): { readonly value: number; readonly unit: 'bytes' } | undefined {
    if (this.#file === undefined) return undefined
    const files = [...this.#replaced.map(({ file }) => file), this.#file]
    return { value: files.reduce((sum, { lag }) => sum + lag, 0), unit: 'bytes' }
  }

  close(): Promise<void> {
    this.#isClosed = true
    for (const { file } of this.#replaced) file.close()
    this.#file?.close()
    this.#replaced = []
    this.#file = undefined
    return Promise.resolve()
  }

  /** Opens what a checkpoint was reading, wherever it is now. Gives where to begin if that is not under the name. */
  #resume(position: unknown): FileStart {
    const { path, maxLineBytes, onLoss } = this.#options
    const named = statInput(path)
    for (const each of parsePositions(position) ?? []) {
      const file = findFile(path, each, maxLineBytes)
      if (file === undefined) {
        onLoss?.(`file ${path} was read up to byte ${each.offset}, and is gone or has changed since`)
      } else if (named !== undefined && isSame(file, identityOf(named))) {
        this.#file = file
      } else {
        this.#addReplaced(file)
      }
    }
    return 'beginning'
  }

  /** What kept it from opening. @throws AdapterError */
  #open(start: FileStart): string | undefined {
    const { path, follow, maxLineBytes } = this.#options
    try {
      this.#file = OpenFile.open(path, start, maxLineBytes)
    } catch (error) {
      const trouble = `can't open input file ${path} (${systemErrorText(error)})`
      if (follow) return trouble
      throw new AdapterError(trouble, { code: 'INPUT_UNAVAILABLE', retryable: false, cause: error })
    }
    if (this.#file !== undefined) return undefined
    throw new AdapterError(`input file ${path} is no regular file`, { code: 'INPUT_TYPE', retryable: false })
  }

  /** Takes lines until the batch is full or there are none. Gives what kept it from reading. */
  #gather(): string | undefined {
    this.#isAtEnd = false
    try {
      for (const replaced of this.#replaced) this.#gatherReplaced(replaced)
      this.#replaced = this.#replaced.filter(({ isOver }) => !isOver)
      while (this.#file !== undefined && !this.#batch.isFull) {
        if (this.#takeLines(this.#file)) continue
        if (!this.#options.follow) {
          this.#isAtEnd = this.#replaced.length === 0
          break
        }
        if (!this.#followName(this.#file)) break
      }
      return undefined
    } catch (error) {
      return `can't read input file ${this.#options.path} (${systemErrorText(error)})`
    }
  }

  #gatherReplaced(replaced: ReplacedFile): void {
    const { clock, follow } = this.#options
    const { file } = replaced
    while (!this.#batch.isFull) {
      if (this.#takeLines(file)) {
        replaced.newsAt = clock.monotonic()
        continue
      }
      const isCrowded = this.#replaced.indexOf(replaced) < this.#replaced.length - MOST_REPLACED
      if (follow && !isCrowded && clock.monotonic() - replaced.newsAt < PATIENCE_MS) return
      this.#takeRest(file)
      file.close()
      replaced.isOver = true
      return
    }
  }

  /** False when there is nothing more now. */
  #takeLines(file: OpenFile): boolean {
    for (let line = file.nextLine(); line !== undefined; line = file.nextLine()) {
      this.#add(file, line)
      if (this.#batch.isFull) return true
    }
    return file.read() > 0
  }

  #takeRest(file: OpenFile): void {
    const rest = file.rest()
    if (rest !== undefined) this.#add(file, rest)
  }

  #add(file: OpenFile, { text, offset, cutBytes }: OpenFileLine): void {
    this.#batch.add(text, file.idPrefix(text), offset, cutBytes)
  }

  /** Does the name stand for another file? True: read on. */
  #followName(file: OpenFile): boolean {
    const { path, maxLineBytes } = this.#options
    const found = statInput(path)
    if (found === undefined || !found.isFile()) return false
    const isReplaced = !isSame(file, identityOf(found))
    if (!isReplaced && !file.isTruncated) return false
    // Opened before the old one is let go: when it can't be, this is tried again.
    const next = OpenFile.open(path, 'beginning', maxLineBytes)
    if (next === undefined) return false
    if (isReplaced) this.#addReplaced(file)
    else {
      this.#takeRest(file)
      file.close()
    }
    this.#file = next
    return true
  }

  #addReplaced(file: OpenFile): void {
    this.#replaced.push({ file, newsAt: this.#options.clock.monotonic(), isOver: false })
  }

  #positions(): FilePosition[] {
    const files = [
      ...this.#replaced.map(({ file }) => file),
      ...(this.#file === undefined ? [] : [this.#file])
    ]
    return files.flatMap(({ position }) => position ?? [])
  }
}

function isSame(file: OpenFile, { device, inode }: FileIdentity): boolean {
  return file.identity.device === device && file.identity.inode === inode
}
