import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  type BigIntStats,
  writeSync
} from 'node:fs'
import { ERRNO, errnoOf } from './errno.ts'

/** What is open in Perl under a number of its own. */
export type OpenFile =
  | { readonly type: 'input' }
  /** Standard output or standard error. */
  | { readonly type: 'output'; readonly write: (bytes: Buffer) => void }
  /** It was open in a process before this one. */
  | { readonly type: 'lost' }
  | { readonly type: 'folder'; readonly path: string; entries: readonly Dirent<Buffer>[] | undefined }
  | {
      readonly type: 'file'
      readonly fd: number
      readonly append: boolean
      /** Of a FIFO or a device, which have no positions; else where the next byte is read or written. */
      position: number | undefined
    }

/** At most so many, as `ulimit -n` has it. */
const MOST_OPEN = 256

/**
 * The numbers behind the root's are those of the modules that Perl brings along: they are inside of it, are opened without us,
 * and come first where a number is both.
 */
const FIRST = 64

/** The files that Perl has open. Numbers of WASI: 0 to 2 as everywhere, 3 is the root folder. */
export class OpenFiles {
  readonly #files = new Map<number, OpenFile>()

  constructor(output: (bytes: Buffer) => void, errors: (bytes: Buffer) => void) {
    this.#files.set(0, { type: 'input' })
    this.#files.set(1, { type: 'output', write: output })
    this.#files.set(2, { type: 'output', write: errors })
    this.#files.set(ROOT, { type: 'folder', path: '/', entries: undefined })
  }

  get(number: number): OpenFile | undefined {
    return this.#files.get(number)
  }

  /** A number of its own, or an error number below 0. */
  open(path: string, flags: number, mode: number): number {
    const number = this.#freeNumber()
    if (number === undefined) return -ERRNO.EMFILE
    try {
      // A FIFO without a writer must not hold all that the process does.
      const fd = openSync(Buffer.from(path, 'latin1'), flags | constants.O_NONBLOCK, mode)
      const stats = fstatSync(fd)
      if (stats.isDirectory()) {
        closeSync(fd)
        this.#files.set(number, { type: 'folder', path, entries: undefined })
      } else {
        const append = (flags & constants.O_APPEND) !== 0
        this.#files.set(number, { type: 'file', fd, append, position: stats.isFile() ? 0 : undefined })
      }
      return number
    } catch (error) {
      return -errnoOf(error)
    }
  }

  /** The lowest that is free, so that a standard stream that was closed is opened anew. */
  #freeNumber(): number | undefined {
    for (let number = 0; number < FIRST + MOST_OPEN; number++) {
      if ((number < ROOT || number >= FIRST) && !this.#files.has(number)) return number
    }
    return undefined
  }

  close(number: number): number {
    const file = this.#files.get(number)
    if (file === undefined) return ERRNO.EBADF
    this.#files.delete(number)
    if (file.type === 'file') closeSync(file.fd)
    return ERRNO.OK
  }

  /** `to` becomes what `from` is, which is none any more. */
  renumber(from: number, to: number): number {
    const file = this.#files.get(from)
    if (file === undefined) return ERRNO.EBADF
    if (this.#files.has(to)) this.close(to)
    this.#files.delete(from)
    this.#files.set(to, file)
    return ERRNO.OK
  }

  /** Numbers of what code has opened and not closed. */
  get opened(): number[] {
    return [...this.#files].flatMap(([number, { type }]) =>
      number !== ROOT && (type === 'file' || type === 'folder' || type === 'lost') ? [number] : []
    )
  }

  /** These are open, but lead nowhere. */
  lose(numbers: readonly number[]): void {
    for (const number of numbers) this.#files.set(number, { type: 'lost' })
  }

  /** Ends all that is open but the first four. */
  closeAll(): void {
    for (const number of this.#files.keys()) if (number > ROOT) this.close(number)
  }
}

/** The number of the root folder, below which WASI finds every path. */
export const ROOT = 3

export function readFile(file: OpenFile, bytes: Buffer): number {
  if (file.type !== 'file') return file.type === 'input' ? 0 : -ERRNO.EBADF
  try {
    const read = readSync(file.fd, bytes, 0, bytes.length, file.position ?? null)
    if (file.position !== undefined) file.position += read
    return read
  } catch (error) {
    return -errnoOf(error)
  }
}

export function writeFile(file: OpenFile, bytes: Buffer): number {
  if (file.type === 'output') {
    file.write(Buffer.from(bytes))
    return bytes.length
  }
  if (file.type !== 'file') return -ERRNO.EBADF
  try {
    const position = file.append ? null : (file.position ?? null)
    const written = writeSync(file.fd, bytes, 0, bytes.length, position)
    if (file.position !== undefined) {
      file.position = file.append ? Number(fstatSync(file.fd).size) : file.position + written
    }
    return written
  } catch (error) {
    return -errnoOf(error)
  }
}

export function seekFile(file: OpenFile, offset: number, whence: number): number {
  if (file.type !== 'file' || file.position === undefined) return -ERRNO.ESPIPE
  const from = [0, file.position, whence === 2 ? fstatSync(file.fd).size : 0][whence]
  if (from === undefined || from + offset < 0) return -ERRNO.EINVAL
  file.position = from + offset
  return file.position
}

export function statFile(file: OpenFile): BigIntStats | undefined {
  return file.type === 'file' ? fstatSync(file.fd, { bigint: true }) : undefined
}

export function truncateFile(file: OpenFile, size: number): number {
  if (file.type !== 'file') return ERRNO.EINVAL
  return attempt(() => ftruncateSync(file.fd, size))
}

export function syncFile(file: OpenFile): number {
  return file.type === 'file' ? attempt(() => fsyncSync(file.fd)) : ERRNO.OK
}

/** The names in a folder, read once for each time that it is opened. */
export function listFolder(file: OpenFile & { type: 'folder' }): readonly Dirent<Buffer>[] {
  file.entries ??= readdirSync(Buffer.from(file.path, 'latin1'), { withFileTypes: true, encoding: 'buffer' })
  return file.entries
}

/** An error number. */
export function attempt(call: () => void): number {
  try {
    call()
    return ERRNO.OK
  } catch (error) {
    return errnoOf(error)
  }
}
