import type { FilePosition } from '../file/file-position.ts'
import { findFile } from '../file/find-file.ts'
import { LineBuffer } from '../line-buffer.ts'
import { systemErrorText } from '../system-error.ts'
import { type ByteReader, ENDED, FileReader, NOTHING } from './byte-reader.ts'
import type { InputsOptions } from './inputs.ts'
import {
  type FileIdentity,
  identityOf,
  type OpenedInput,
  type OpenFailure,
  openInput,
  openStandardInput,
  statInput
} from './open-input.ts'
import { ReplacedFile } from './replaced-file.ts'

/** Of more than these the oldest are closed as soon as they are quiet. */
const MAX_REPLACED_FILES = 8

/** What one input shares with the others. */
export interface InputSurroundings {
  readonly onNews: () => void
  /** Bytes were read, whether or not they end a line. */
  readonly onRead: () => void
  readonly onCut: (bytes: number, first: boolean) => void
}

/**
 * One input as SEC follows it: by name and inode, through rotation, truncation and re-creation. A last line without
 * newline waits for its end; when the file is replaced, the new file's first bytes complete it, as in SEC.
 */
export class Input {
  readonly path: string
  readonly #surroundings: InputSurroundings
  readonly #lines: LineBuffer
  #options: InputsOptions
  #reader: ByteReader | undefined
  #identity: FileIdentity | undefined
  /** Files that had the name before, oldest first, which their writers may still hold. */
  #replaced: ReplacedFile[] = []
  /** Without `--tail`: nothing comes any more. */
  #ended = false
  /** When opening was tried last. Seconds. */
  #triedAt: number
  /** When there was nothing to read. Seconds; undefined: there may be something. */
  #quietSince: number | undefined
  #cutReported = false

  constructor(path: string, options: InputsOptions, surroundings: InputSurroundings, now: number) {
    this.path = path
    this.#options = options
    this.#surroundings = surroundings
    this.#lines = this.#lineBuffer()
    this.#triedAt = now
    const positions = options.positions?.get(path) ?? []
    if (positions.length > 0) this.#resume(positions)
    else this.#openFirst()
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Other options, while reading goes on where it was. An input that could not be opened is tried again. */
  update(options: InputsOptions, now: number): void {
    this.#options = options
    if (this.#reader !== undefined || (this.path === '-' && !options.tail)) return
    this.#triedAt = now
    this.#ended = false
    this.#openFirst()
  }

  /** The next line; undefined when there is none now. */
  next(now: number): string | undefined {
    const line = this.#lines.next()
    if (line !== undefined) return line
    if (this.#reader === undefined) this.#openAgain(now)
    else if (this.#isLeftAlone(now)) return undefined
    const read = this.#readLine()
    if (read !== undefined) {
      this.#quietSince = undefined
      return read
    }
    this.#quietSince = now
    return this.#replaced.length === 0 ? undefined : this.#nextOfReplaced(now)
  }

  /** Where reading is to go on after a restart, the files that had the name before first. */
  positions(): FilePosition[] {
    const current =
      this.#reader instanceof FileReader ? this.#reader.resumePosition(this.#lines.waiting) : undefined
    return [...this.#replaced.map(({ position }) => position), current].filter(each => each !== undefined)
  }

  close(): void {
    this.#reader?.close()
    this.#reader = undefined
    for (const file of this.#replaced) file.close()
    this.#replaced = []
  }

  #isLeftAlone(now: number): boolean {
    const { checkTimeout } = this.#options
    return checkTimeout > 0 && this.#quietSince !== undefined && now - this.#quietSince < checkTimeout
  }

  /** Reads until there is a whole line or nothing more. */
  #readLine(): string | undefined {
    while (this.#reader !== undefined) {
      const count = this.#readBlock(this.#reader)
      if (count === ENDED) return this.#endOfPipe(this.#reader)
      if (count === NOTHING) {
        if (!this.#options.tail && this.#reader?.kind === 'file') {
          this.#stop()
          break
        }
        if (this.#reader === undefined || !this.#followName(this.#reader)) break
      }
      const line = this.#lines.next()
      if (line !== undefined) return line
    }
    return this.#ended ? this.#lines.rest() : undefined
  }

  /** Count of bytes, `NOTHING` or `ENDED`; a failed read closes the input. */
  #readBlock(reader: ByteReader): number {
    try {
      const count = reader.read(this.#lines.room())
      if (count > 0) {
        this.#lines.filled(count)
        this.#surroundings.onRead()
      }
      return count
    } catch (error) {
      const { kind } = reader
      const name = kind === 'file' && this.path !== '-' ? 'file' : 'pipe'
      this.#options.log(
        2,
        `Input ${name} ${this.path} IO error (${systemErrorText(error)}), closing the ${name}`
      )
      this.#stop()
      return NOTHING
    }
  }

  /** The last writer has gone: a line without newline is complete. */
  #endOfPipe(reader: ByteReader): string | undefined {
    const { log, tail } = this.#options
    log(6, `No writers on input pipe ${this.path}, closing the pipe`)
    const rest = this.#lines.rest()
    if (!tail || this.path === '-') {
      this.#stop()
      return rest
    }
    log(6, `Reopening input pipe ${this.path}`)
    // Opened before the old descriptor is closed, so that what a writer puts in meanwhile is kept.
    this.#reader = undefined
    this.#accept(openInput(this.path, { ...this.#options, atEnd: false }))
    reader.close()
    return rest
  }

  /** At the end of what there is: does the name stand for another file? True: read on. */
  #followName(reader: ByteReader): boolean {
    if (this.#identity === undefined) return false
    const found = statInput(this.path)
    if (found === undefined) return false
    const { device, inode } = identityOf(found)
    const isSame = device === this.#identity.device && inode === this.#identity.inode
    if (isSame && (!(reader instanceof FileReader) || found.size >= reader.position)) return false
    // What was written between the last read and the replacement belongs to the old file.
    if (!isSame && this.#readBlock(reader) > 0) return true
    // Before it is announced: whoever reads the log may rotate again at once, and the file between would be missed.
    const opened = openInput(this.path, { ...this.#options, atEnd: false })
    this.#options.log(4, `Input file ${this.path} has been ${isSame ? 'truncated' : 'recreated'}`)
    this.#options.log(4, `Reopening ${this.path} and processing from the start`)
    if (isSame) reader.close()
    else this.#replaced.push(new ReplacedFile(reader, this.#lineBuffer()))
    this.#reader = undefined
    this.#accept(opened)
    return this.#reader !== undefined
  }

  #nextOfReplaced(now: number): string | undefined {
    const impatient = this.#replaced.length - MAX_REPLACED_FILES
    for (const [index, file] of this.#replaced.entries()) {
      const line = file.next(now, index >= impatient)
      if (line !== undefined) return line
    }
    this.#replaced = this.#replaced.filter(file => !file.isOver)
    return undefined
  }

  #openFirst(): void {
    const { tail, fromStart, log, stdin = () => process.stdin } = this.#options
    log(4, `Opening input file ${this.path}`)
    const atEnd = tail && !fromStart
    this.#accept(
      this.path === '-'
        ? openStandardInput(atEnd, stdin, this.#surroundings.onNews)
        : openInput(this.path, { ...this.#options, atEnd })
    )
  }

  /**
   * Goes on where reading ended before a restart, also in files that rotation has moved since. What has the name now
   * and was not read yet is new.
   */
  #resume(positions: readonly FilePosition[]): void {
    const { log, maxLineBytes } = this.#options
    const named = statInput(this.path)
    for (const position of positions) {
      const found = findFile(this.path, position, maxLineBytes)
      if (found === undefined) {
        log(
          3,
          `Input file ${this.path} was read up to byte ${position.offset}, and is gone or has changed since`
        )
        continue
      }
      const { path, identity } = found
      found.close()
      const opened = openInput(path, { ...this.#options, atEnd: false, offset: position.offset })
      if (!('reader' in opened)) continue
      const isNamed =
        named !== undefined &&
        identity.device === identityOf(named).device &&
        identity.inode === identityOf(named).inode
      log(4, `Going on with input file ${path} at byte ${position.offset}`)
      if (isNamed) this.#accept(opened)
      else this.#replaced.push(new ReplacedFile(opened.reader, this.#lineBuffer()))
    }
    if (this.#reader !== undefined) return
    log(4, `Opening input file ${this.path}`)
    this.#accept(openInput(this.path, { ...this.#options, atEnd: false }))
  }

  #openAgain(now: number): void {
    const { tail, reopenTimeout, log } = this.#options
    const isDue = tail && reopenTimeout > 0 && now - this.#triedAt >= reopenTimeout
    if (!isDue || this.path === '-') return
    this.#triedAt = now
    log(6, `Attempting to (re)open ${this.path}`)
    // It was not there, or not readable, when lines could have been passed over: all of it is new.
    this.#accept(openInput(this.path, { ...this.#options, atEnd: false }))
  }

  #accept(opened: OpenedInput | OpenFailure): void {
    if ('reader' in opened) {
      this.#reader = opened.reader
      this.#identity = opened.identity
      return
    }
    const { log, reopenTimeout } = this.#options
    if (opened.problem === 'refused') log(2, `Can't open input file ${this.path} (${opened.text})`)
    else if (opened.problem === 'type') log(2, `Input file ${this.path} is of unsupported type!`)
    else if (reopenTimeout > 0) log(6, `Input file ${this.path} has not been created yet`)
    else log(3, `Input file ${this.path} does not exist!`)
    this.#stop()
  }

  #stop(): void {
    this.#reader?.close()
    this.#reader = undefined
    this.#identity = undefined
    if (!this.#options.tail) this.#ended = true
  }

  #lineBuffer(): LineBuffer {
    const { blockSize, maxLineBytes, log } = this.#options
    return new LineBuffer({
      blockBytes: blockSize,
      maxLineBytes,
      onCut: (bytes, first) => {
        this.#surroundings.onCut(bytes, first)
        if (this.#cutReported) return
        this.#cutReported = true
        log(
          2,
          `input file ${this.path}: a line is longer than ${maxLineBytes} bytes; what exceeds that is dropped and counted (said once)`
        )
      }
    })
  }
}
