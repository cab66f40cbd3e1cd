import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { decompress as decompressZstd, compress as compressZstd, init as loadZstd } from '@bokuweb/zstd-wasm'
import snappyCodec from 'kafkajs-snappy'
import { compressFrame, decompressFrame } from 'lz4-napi'

export type Compression = 'gzip' | 'snappy' | 'lz4' | 'zstd'

export interface Codec {
  compress(bytes: Buffer): Promise<Buffer>
  decompress(bytes: Buffer): Promise<Buffer>
}

/** What a fetched batch may become: more than any broker takes, less than what would end the process. */
const MAX_UNCOMPRESSED_BYTES = 256 * 1024 * 1024

const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)
const gzip = promisify<Buffer, Buffer>(zlib.gzip)

const gzipCodec: Codec = {
  compress: gzip,
  decompress: async bytes => gunzip(bytes, { maxOutputLength: MAX_UNCOMPRESSED_BYTES })
}

/** Both forms: raw blocks, and those that Java frames ("xerial"). */
const snappy = snappyCodec()
const snappyPair: Codec = {
  compress: async bytes => snappy.compress({ buffer: bytes }),
  decompress: async bytes => snappy.decompress(bytes)
}

const lz4Codec: Codec = { compress: compressFrame, decompress: decompressFrame }

/** From Node.js 22.15 on. */
type ZstdFunction = (
  bytes: Buffer,
  options: { readonly maxOutputLength: number },
  callback: (error: Error | null, result: Buffer) => void
) => void

interface ZlibWithZstd {
  readonly zstdCompress?: ZstdFunction
  readonly zstdDecompress?: ZstdFunction
}

function zstdCodec(): Codec {
  const { zstdCompress, zstdDecompress } = zlib as ZlibWithZstd
  if (zstdCompress === undefined || zstdDecompress === undefined) return zstdOfWebAssembly()
  const options = { maxOutputLength: MAX_UNCOMPRESSED_BYTES }
  const call = async (method: ZstdFunction, bytes: Buffer): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      method(bytes, options, (error, result) => (error === null ? resolve(result) : reject(error)))
    })
  return {
    compress: async bytes => call(zstdCompress, bytes),
    decompress: async bytes => call(zstdDecompress, bytes)
  }
}

export function zstdOfWebAssembly(): Codec {
  let loading: Promise<void> | undefined
  const loaded = async (): Promise<void> => (loading ??= loadZstd())
  return {
    async compress(bytes) {
      await loaded()
      return Buffer.from(compressZstd(bytes))
    },
    async decompress(bytes) {
      await loaded()
      // Java and librdkafka do not write the size into the frame, so it is found by trying.
      for (let size = Math.max(1024 * 1024, bytes.length * 8); ; size *= 4) {
        try {
          return Buffer.from(decompressZstd(bytes, { defaultHeapSize: size }))
        } catch (error) {
          if (
            !String(error).includes(`code ${ZSTD_DESTINATION_TOO_SMALL}`) ||
            size > MAX_UNCOMPRESSED_BYTES
          ) {
            throw error
          }
        }
      }
    }
  }
}

/** `ZSTD_error_dstSize_tooSmall`, as a negative result. */
const ZSTD_DESTINATION_TOO_SMALL = -70

/** By the number that a record batch's attributes hold. https://kafka.apache.org/documentation/#recordbatch */
export const codecNumbers: Readonly<Record<Compression, number>> = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 }

/** @throws RangeError */
export function codecNumbered(number: number): Codec {
  const codec = codecs.get(number)
  if (codec === undefined) {
    throw new RangeError(`compression codec ${number}; expected none, gzip, snappy, lz4 or zstd (0 to 4)`)
  }
  return codec
}

export const codecs: ReadonlyMap<number, Codec> = new Map([
  [codecNumbers.gzip, gzipCodec],
  [codecNumbers.snappy, snappyPair],
  [codecNumbers.lz4, lz4Codec],
  [codecNumbers.zstd, zstdCodec()]
])
