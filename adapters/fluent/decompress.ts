import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { Decompress } from 'fzstd'
import { ForwardError } from './forward-error.ts'
import { zstdFrames } from './zstd-frames.ts'

type Decompressor = (bytes: Buffer, limit: number) => Promise<Buffer>

/**
 * What entries are compressed by. A client may append one compressed piece to the other (Fluentd's buffers do), so any
 * number of gzip members or zstd frames is one text.
 *
 * @throws ForwardError of an unknown compression, of broken bytes, and of more than `limit` bytes
 */
export async function decompress(compression: string, bytes: Buffer, limit: number): Promise<Buffer> {
  const decompressor = DECOMPRESSORS.get(compression)
  if (decompressor === undefined) {
    const shown = JSON.stringify(compression.slice(0, 40))
    throw new ForwardError(
      'fluent-compression',
      `entries compressed by ${shown}; expected ${[...DECOMPRESSORS.keys()].join(' or ')}`
    )
  }
  try {
    return await decompressor(bytes, limit)
  } catch (error) {
    if (isTooLong(error)) {
      const message = `entries of more than ${limit} bytes; expected at most as many (maxDecompressedBytes)`
      throw new ForwardError('too-long', message)
    }
    throw new ForwardError('fluent-compression', `no ${compression} (${(error as Error).message})`)
  }
}

const gunzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip)

type ZstdDecompress = (
  bytes: Buffer,
  options: { maxOutputLength: number },
  callback: (error: Error | null, result: Buffer) => void
) => void

/** Of Node.js from 22.15 on. */
const { zstdDecompress } = zlib as { readonly zstdDecompress?: ZstdDecompress }

const DECOMPRESSORS: ReadonlyMap<string, Decompressor> = new Map([
  ['gzip', (bytes, limit) => gunzip(bytes, { maxOutputLength: limit })],
  ['zstd', unzstd]
])

async function unzstd(bytes: Buffer, limit: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for (const frame of zstdFrames(bytes)) {
    const piece = await (nativeUnzstd ?? zstdInJavaScript)(frame, limit - length)
    length += piece.length
    pieces.push(piece)
  }
  return Buffer.concat(pieces, length)
}

const nativeUnzstd: Decompressor | undefined =
  zstdDecompress === undefined ? undefined : promisifiedUnzstd(zstdDecompress)

function promisifiedUnzstd(native: ZstdDecompress): Decompressor {
  const run = promisify(native)
  // Node.js wants a limit of one byte at least.
  return async (bytes, limit) => {
    const result = await run(bytes, { maxOutputLength: Math.max(limit, 1) })
    if (result.length > limit) throw new TooLong()
    return result
  }
}

class TooLong extends Error {}

function isTooLong(error: unknown): boolean {
  return error instanceof TooLong || (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
}

/** In pieces, so that a text that is longer than allowed is noticed before it is there. */
const PIECE_BYTES = 64 * 1024

// oxlint-disable-next-line typescript/require-await -- what it throws is a rejection, as with the other
async function zstdInJavaScript(bytes: Buffer, limit: number): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let length = 0
  const stream = new Decompress(piece => {
    length += piece.length
    if (length > limit) throw new TooLong()
    // The library writes to what it gave out.
    pieces.push(piece.slice())
  })
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    const end = Math.min(start + PIECE_BYTES, bytes.length)
    stream.push(bytes.subarray(start, end), end === bytes.length)
  }
  return Buffer.concat(pieces, length)
}
