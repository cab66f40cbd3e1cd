import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { LineBuffer } from '../line-buffer.ts'
import { FileReader } from '../sec-inputs/byte-reader.ts'
import { type FileIdentity, identityOf } from '../sec-inputs/open-input.ts'
import { type FilePosition, fingerprintOf, hashOf, isAtPosition, positionAt } from './file-position.ts'

const { O_NONBLOCK, O_RDONLY } = constants

/** Bytes read at once. */
const BLOCK_BYTES = 256 * 1024

export interface OpenFileLine {
  /** Without the newline; of a line that is too long, its head. */
  readonly text: string
  /** Of its first byte. */
  readonly offset: number
  readonly cutBytes: number
}

/** Where reading begins. */
export type FileStart = 'beginning' | 'end' | FilePosition

/** A regular file that is read line by line, and that knows which it is and how far it was read. */
export class OpenFile {
  /** A byte string. */
  readonly path: string
  readonly identity: FileIdentity
  readonly #fd: number
  readonly #reader: FileReader
  readonly #lines: LineBuffer
  readonly #start: number
  #fingerprint: string | undefined
  #idPrefix: string | undefined
  /** Behind the last line that was given out whole. */
  #safe: number
  #cutBytes = 0
  readonly #line: { -readonly [Name in keyof OpenFileLine]: OpenFileLine[Name] } = {
    text: '',
    offset: 0,
    cutBytes: 0
  }
  #isClosed = false

  /** @throws the system's error; `undefined`: what is there is no regular file. `path` is a byte string. */
  static open(path: string, start: FileStart, maxLineBytes: number): OpenFile | undefined {
    // With O_NONBLOCK opening never waits, even if the name stands for a FIFO.
    const fd = openSync(Buffer.from(path, 'latin1'), O_RDONLY | O_NONBLOCK)
    const found = fstatSync(fd)
    if (found.isFile()) {
      const offset = start === 'beginning' ? 0 : start === 'end' ? found.size : start.offset
      return new OpenFile(path, fd, identityOf(found), offset, maxLineBytes)
    }
    closeSync(fd)
    return undefined
  }

  private constructor(path: string, fd: number, identity: FileIdentity, start: number, maxLineBytes: number) {
    this.path = path
    this.identity = identity
    this.#fd = fd
    this.#start = start
    this.#safe = start
    this.#reader = new FileReader(fd, start)
    this.#lines = new LineBuffer({
      blockBytes: BLOCK_BYTES,
      maxLineBytes,
      onCut: (bytes, first) => {
        if (first) this.#cutBytes = bytes
      }
    })
  }

  /** How far bytes were read. */
  get offset(): number {
    return this.#reader.position
  }

  /** Whether it is the file that a position means. @throws the system's error */
  isAt(position: FilePosition): boolean {
    return fingerprintOf(this.#fd) === position.fingerprint && isAtPosition(this.#fd, position)
  }

  /** The next line of what was read, in an object that the line after it uses again; `undefined`: read on. */
  nextLine(): OpenFileLine | undefined {
    this.#cutBytes = 0
    const text = this.#lines.next()
    if (text === undefined) return undefined
    const end = this.#start + this.#lines.taken
    // Of a line that is still too long there is no end, and its head is given again after a restart.
    const newline = this.#lines.isInLongLine ? 0 : 1
    if (newline === 1) this.#safe = end
    // Bytes of a line that are dropped later are not counted in this one.
    const cutBytes = this.#lines.isInLongLine ? 1 : this.#cutBytes
    const line = this.#line
    line.text = text
    line.offset = end - newline - text.length - this.#cutBytes
    line.cutBytes = cutBytes
    return line
  }

  /** What stands at the end without a newline. */
  rest(): OpenFileLine | undefined {
    const text = this.#lines.rest()
    if (text === undefined) return undefined
    this.#safe = this.#start + this.#lines.taken
    return { text, offset: this.#safe - text.length, cutBytes: 0 }
  }

  /** Reads a block: how many bytes; 0 at the end. @throws the system's error */
  read(): number {
    const count = this.#reader.read(this.#lines.room())
    if (count > 0) this.#lines.filled(count)
    return count
  }

  /** Which file it is, for records' ids. `firstLine` is taken where the file has no whole line. */
  fingerprint(firstLine: string): string {
    this.#fingerprint ??= this.#readFingerprint() ?? hashOf(Buffer.from(firstLine, 'latin1'))
    return this.#fingerprint
  }

  /** What its records' ids begin with, before the byte offset. `firstLine` as for `fingerprint`. */
  idPrefix(firstLine: string): string {
    this.#idPrefix ??= `file:${this.fingerprint(firstLine)}:`
    return this.#idPrefix
  }

  /** Behind the last line; `undefined` before the first, or where the file can't be read any more. */
  get position(): FilePosition | undefined {
    if (this.#fingerprint === undefined || this.#isClosed) return undefined
    try {
      return positionAt(this.#fd, this.#fingerprint, this.#safe)
    } catch {
      return undefined
    }
  }

  /** Bytes that are there and not given out. */
  get lag(): number {
    if (this.#isClosed) return 0
    return Math.max(fstatSync(this.#fd).size - this.#safe, 0)
  }

  /** It holds less than was read. */
  get isTruncated(): boolean {
    return fstatSync(this.#fd).size < this.offset
  }

  close(): void {
    if (!this.#isClosed) this.#reader.close()
    this.#isClosed = true
  }

  #readFingerprint(): string | undefined {
    try {
      return fingerprintOf(this.#fd)
    } catch {
      return undefined
    }
  }
}
