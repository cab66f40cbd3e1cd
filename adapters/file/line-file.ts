import { constants, type Stats, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AdapterError, type WallClock } from '../../plugin/adapter.ts'
import { LineOutput, type OutputLine } from '../line-output.ts'
import { systemErrorText } from '../system-error.ts'
import { writeAll, writeFailure } from '../write-all.ts'

const { O_APPEND, O_CREAT, O_NONBLOCK, O_RDWR } = constants

/** How far back the end of a file is looked at. */
const TAIL_BYTES = 16 * 1024 * 1024
/** A line of ours that was torn is not longer. */
const TORN_BYTES = 4 * 1024 * 1024

const NEWLINE = 10

export interface LineFileOptions {
  /** A byte string. */
  readonly path: string
  readonly clock: WallClock
  /** How every line that we write begins: the end of the file is ours, and may be cut off, only if it begins so. */
  readonly lineStart: string
}

/**
 * A file (or a device such as `/dev/null`) that lines are appended to, made durable on demand. When the name comes to stand for another file, that is
 * written to. A full disk is waited for, and a line that it cut in two is ended first.
 */
export class LineFile {
  readonly #options: LineFileOptions
  readonly #what: string
  readonly #output = new LineOutput()
  #file: FileHandle | undefined
  #identity: Stats | undefined
  #isDirty = false
  #writing: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(options: LineFileOptions) {
    this.#options = options
    this.#what = `output file ${options.path}`
  }

  /** Opens it, and cuts off a line that an earlier process has left torn. @throws AdapterError */
  async open(): Promise<void> {
    if (this.#file !== undefined) return
    const path = this.#path
    let file: FileHandle | undefined
    try {
      file = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK, 0o666)
      const found = await file.stat()
      if (found.isFile()) {
        await this.#mend(file, found.size)
        await syncFolder(this.#options.path)
      } else if (!found.isCharacterDevice()) {
        const text = `${this.#what} is no regular file; expected one, or a device such as /dev/null`
        throw new AdapterError(text, { code: 'OUTPUT_TYPE', retryable: false })
      }
      this.#file = file
      this.#identity = found
    } catch (error) {
      await file?.close()
      throw error instanceof AdapterError ? error : openFailure(this.#what, error)
    }
  }

  /** @throws AdapterError; lines given again after that are written once. */
  write(lines: readonly OutputLine[], signal: AbortSignal): Promise<void> {
    const written = this.#write(lines, signal)
    this.#writing = written.catch(() => {})
    return written
  }

  /** @throws AdapterError */
  async flush(): Promise<void> {
    // A device keeps nothing.
    if (!this.#isDirty || this.#file === undefined || this.#identity?.isFile() !== true) return
    try {
      await this.#file.datasync()
      this.#isDirty = false
    } catch (error) {
      throw writeFailure(this.#what, error)
    }
  }

  /** The last lines that are in it, whole ones. @throws AdapterError */
  async tail(): Promise<string[]> {
    await this.open()
    const file = this.#file as FileHandle
    try {
      const { size } = await file.stat()
      const start = Math.max(size - TAIL_BYTES, 0)
      const text = (await readAt(file, start, size - start)).toString('latin1')
      const lines = text.split('\n').slice(0, -1)
      return start === 0 ? lines : lines.slice(1)
    } catch (error) {
      throw openFailure(this.#what, error)
    }
  }

  /** Safe to call twice. A write under way is waited for: its descriptor would mean what is opened next. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#writing
    await this.#file?.close()
    this.#file = undefined
  }

  async #write(lines: readonly OutputLine[], signal: AbortSignal): Promise<void> {
    await this.#followName()
    await this.open()
    const file = this.#file as FileHandle
    const output = this.#output
    const bytes = output.begin(lines)
    if (bytes.length === 0) return
    this.#isDirty = true
    const options = { clock: this.#options.clock, signal, what: this.#what }
    try {
      await writeAll(file.fd, bytes, options, count => output.wrote(count))
      output.succeeded()
    } catch (error) {
      output.failed()
      throw error
    }
  }

  get #path(): Buffer {
    return Buffer.from(this.#options.path, 'latin1')
  }

  /** A file that was renamed or removed is let go, durable as it is. */
  async #followName(): Promise<void> {
    if (this.#file === undefined || this.#identity === undefined) return
    const { dev, ino } = this.#identity
    const found = statOf(this.#path)
    if (found !== undefined && found.dev === dev && found.ino === ino) return
    await this.flush()
    await this.#file.close()
    this.#file = undefined
    this.#output.forgetBegun()
  }

  async #mend(file: FileHandle, size: number): Promise<void> {
    const start = Math.max(size - TORN_BYTES, 0)
    const end = await readAt(file, start, size - start)
    if (end.length === 0 || end[end.length - 1] === NEWLINE) return
    const newline = end.lastIndexOf(NEWLINE)
    const torn = end.subarray(newline + 1).toString('latin1')
    const { lineStart } = this.#options
    const isOurs = torn.startsWith(lineStart) || lineStart.startsWith(torn)
    if (isOurs && (newline >= 0 || start === 0)) await file.truncate(start + newline + 1)
    else await file.write('\n')
  }
}

/** At once: the way to a thread and back would cost many times as much, before each write. */
function statOf(path: Buffer): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

async function readAt(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let count = 0
  while (count < length) {
    const { bytesRead } = await file.read(bytes, count, length - count, start + count)
    if (bytesRead === 0) break
    count += bytesRead
  }
  return bytes.subarray(0, count)
}

/** The name of a new file is durable only with its folder. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(Buffer.from(dirname(path), 'latin1'), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function openFailure(what: string, error: unknown): AdapterError {
  const isFolder = (error as NodeJS.ErrnoException).code === 'EISDIR'
  return new AdapterError(`can't open ${what} (${systemErrorText(error)})`, {
    code: isFolder ? 'OUTPUT_TYPE' : 'OUTPUT_UNAVAILABLE',
    retryable: !isFolder,
    cause: error
  })
}
