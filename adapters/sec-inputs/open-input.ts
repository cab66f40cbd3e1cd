import { closeSync, constants, fstatSync, openSync, statSync, type Stats } from 'node:fs'
import { systemErrorText } from '../system-error.ts'
import { type ByteReader, FifoReader, FileReader } from './byte-reader.ts'
import { type InputStream, StreamReader } from './stream-reader.ts'

/** Which file a name stood for when it was opened. */
export interface FileIdentity {
  readonly device: number
  readonly inode: number
}

export interface OpenedInput {
  readonly reader: ByteReader
  /** Undefined for standard input, which has no name that could come to stand for another file. */
  readonly identity: FileIdentity | undefined
}

export type OpenFailure =
  | { readonly problem: 'missing' | 'type' }
  | { readonly problem: 'refused'; readonly text: string }

export interface OpenInputOptions {
  /** What a regular file holds already is passed over. */
  readonly atEnd: boolean
  /** Byte offset where reading a regular file begins, in place of `atEnd`. */
  readonly offset?: number
  readonly rwFifo: boolean
}

const { O_NONBLOCK, O_RDONLY, O_RDWR } = constants
const STANDARD_INPUT = 0

/** Opens a regular file or FIFO. `path` is a byte string. */
export function openInput(
  path: string,
  { atEnd, offset, rwFifo }: OpenInputOptions
): OpenedInput | OpenFailure {
  const found = statInput(path)
  if (found === undefined) return { problem: 'missing' }
  if (!found.isFile() && !found.isFIFO()) return { problem: 'type' }
  let fd: number
  try {
    // With O_NONBLOCK opening never waits, even if the name stands for a FIFO by now.
    fd = openSync(inputPath(path), (found.isFIFO() && rwFifo ? O_RDWR : O_RDONLY) | O_NONBLOCK)
  } catch (error) {
    return { problem: 'refused', text: systemErrorText(error) }
  }
  const opened = fstatSync(fd)
  const identity = identityOf(opened)
  if (opened.isFIFO()) return { reader: new FifoReader(fd), identity }
  if (opened.isFile()) return { reader: new FileReader(fd, offset ?? (atEnd ? opened.size : 0)), identity }
  closeSync(fd)
  return { problem: 'type' }
}

/** Standard input; `stream` gives it where it is no regular file, and `onNews` hears when bytes came. */
export function openStandardInput(
  atEnd: boolean,
  stream: () => InputStream,
  onNews: () => void
): OpenedInput | OpenFailure {
  try {
    const found = fstatSync(STANDARD_INPUT)
    // Reading a directory gives SEC's error message.
    const reader =
      found.isFile() || found.isDirectory()
        ? new FileReader(STANDARD_INPUT, atEnd ? found.size : undefined)
        : new StreamReader(stream(), onNews)
    return { reader, identity: undefined }
  } catch (error) {
    return { problem: 'refused', text: systemErrorText(error) }
  }
}

/** What a name stands for now; undefined when there is no such file or no way to it. */
export function statInput(path: string): Stats | undefined {
  try {
    return statSync(inputPath(path), { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

export function identityOf({ dev, ino }: Stats): FileIdentity {
  return { device: dev, inode: ino }
}

function inputPath(path: string): Buffer {
  return Buffer.from(path, 'latin1')
}
