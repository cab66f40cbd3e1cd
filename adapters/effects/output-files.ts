import { closeSync, constants, fstatSync, openSync, type Stats, statSync, writeSync } from 'node:fs'
import type { LogLevel } from '../../plugin/host.ts'
import { systemErrorText } from '../system-error.ts'

export interface OutputCounters {
  /** Writes that found a FIFO without a reader or without room, whole or in part. */
  readonly droppedWrites: number
  /** Writes that failed or came short otherwise: full disk, refused file, closed standard output. */
  readonly failedWrites: number
}

interface OpenOutput {
  readonly fd: number
  readonly isFifo: boolean
}

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants
const STANDARD_OUTPUT: OpenOutput = { fd: 1, isFifo: false }

/** Between two attempts to write to a standard output that is full. */
const RETRY_MS = 2

/**
 * The files that rules write to, kept open until `close` or `reopen`. Regular files and FIFOs only, beside `-`, the
 * standard output. A FIFO never waits for its reader; standard output does. What can't be written is counted and said
 * at SEC's level (debug). Paths and data are byte strings.
 */
export class OutputFiles {
  readonly #log: (level: LogLevel, message: string) => void
  readonly #onLost: (path: string, reason: string) => void
  readonly #open = new Map<string, OpenOutput>()
  readonly #counters = { droppedWrites: 0, failedWrites: 0 }

  /** `onLost` hears of each write that is lost, whole or in part. */
  constructor(
    log: (level: LogLevel, message: string) => void,
    onLost: (path: string, reason: string) => void = () => {}
  ) {
    this.#log = log
    this.#onLost = onLost
  }

  get counters(): OutputCounters {
    return this.#counters
  }

  /** Appends; the file stays open. `isLine`: messages leave the newline at its end out. */
  write(path: string, data: string, isLine = false): void {
    const event = isLine ? data.slice(0, -1) : data
    let output = this.#open.get(path)
    if (output === undefined) {
      output = this.#openOutput(path, event)
      if (output === undefined) return
      this.#open.set(path, output)
    }
    if (!this.#append(output, path, data, event)) this.#forget(path)
  }

  /** Opens, appends and closes, beside a handle that is open already. */
  writeOnce(path: string, data: string): void {
    const output = this.#openOutput(path, data)
    if (output === undefined) return
    this.#append(output, path, data, data)
    closeOutput(output)
  }

  close(path: string): void {
    if (!this.#forget(path)) this.#log(6, `File '${path}' is not open, can't close`)
  }

  /** Closes all; the next write opens its file anew. */
  closeAll(): void {
    for (const path of this.#open.keys()) this.#forget(path)
  }

  #forget(path: string): boolean {
    const output = this.#open.get(path)
    if (output !== undefined) closeOutput(output)
    return this.#open.delete(path)
  }

  #openOutput(path: string, event: string): OpenOutput | undefined {
    if (path === '-') return STANDARD_OUTPUT
    try {
      // Opening a device may do something already.
      const found = statSync(bytes(path), { throwIfNoEntry: false })
      if (found !== undefined && !isWritable(found)) return this.#refuse(path, event)
      const creation = found === undefined || found.isFile() ? O_CREAT : 0
      const fd = openSync(bytes(path), O_WRONLY | O_APPEND | O_NONBLOCK | creation, 0o666)
      const opened = fstatSync(fd)
      if (isWritable(opened)) return { fd, isFifo: opened.isFIFO() }
      closeSync(fd)
      return this.#refuse(path, event)
    } catch (error) {
      const hasNoReader = codeOf(error) === 'ENXIO'
      this.#log(6, `Can't open '${path}' for writing event '${event}' (${systemErrorText(error)})`)
      this.#lost(path, systemErrorText(error), hasNoReader)
      return undefined
    }
  }

  #refuse(path: string, event: string): undefined {
    this.#log(6, `Can't write event '${event}' to file '${path}' (not a regular file or pipe)`)
    this.#lost(path, 'not a regular file or pipe', false)
  }

  /** False if the file had better be opened anew. */
  #append(output: OpenOutput, path: string, data: string, event: string): boolean {
    const buffer = bytes(data)
    try {
      const count = output === STANDARD_OUTPUT ? writeWhole(output.fd, buffer) : writeSync(output.fd, buffer)
      if (count === buffer.length) return true
      this.#log(6, `${count} bytes of '${event}' written to '${path}'`)
      this.#lost(path, 'no room for all of it', output.isFifo)
      return true
    } catch (error) {
      this.#log(6, `Error when writing event '${event}' to '${path}' (${systemErrorText(error)})`)
      this.#lost(path, systemErrorText(error), output.isFifo)
      // SEC closes a FIFO without room too, and its reader finds an end of file.
      return codeOf(error) === 'EAGAIN'
    }
  }

  #lost(path: string, reason: string, isDropped: boolean): void {
    this.#onLost(path, reason)
    if (isDropped) this.#counters.droppedWrites++
    else this.#counters.failedWrites++
  }
}

/** Writes all bytes; waits where the descriptor is one that doesn't. */
function writeWhole(fd: number, buffer: Buffer): number {
  let written = 0
  while (written < buffer.length) {
    try {
      written += writeSync(fd, buffer, written)
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
    }
  }
  return written
}

function closeOutput({ fd }: OpenOutput): void {
  if (fd === STANDARD_OUTPUT.fd) return
  try {
    closeSync(fd)
  } catch {
    // The system reports what it could not keep of earlier writes; the descriptor is gone all the same.
  }
}

function isWritable(file: Stats): boolean {
  return file.isFile() || file.isFIFO()
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
