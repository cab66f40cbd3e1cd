import { createHash } from 'node:crypto'
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Memory } from './memory.ts'

/** What is written as one. A call of Perl code touches some 30 of them. */
export const BLOCK_BYTES = 4096

/** Looked at as one first. It is a page of WebAssembly, so memory is a number of them. */
const AREA_BYTES = 65_536

const EMPTY = Buffer.alloc(AREA_BYTES)

/** The difference of a block to how it was at the beginning: a checksum of number and content, and the content deflated. */
export type EncodedBlock = Buffer

/**
 * What has changed in a Perl's memory since it had begun, in blocks. A block is written as its difference to the beginning,
 * which the next process has, too: mostly zeros.
 */
export class MemoryImage {
  readonly #memory: Memory
  /** As it was at the last look, by area; `undefined`: nothing but zeros. */
  readonly #last: (Buffer | undefined)[] = []
  /** How each block was at the beginning that has changed since. */
  readonly #first = new Map<number, Buffer>()
  /** SHA-256 of the memory at the beginning. */
  readonly sha256: string

  /** Takes the memory as it is for the beginning. */
  constructor(memory: Memory) {
    this.#memory = memory
    const hash = createHash('sha256')
    const { bytes } = memory
    for (let at = 0; at < bytes.length; at += AREA_BYTES) {
      const area = bytes.subarray(at, at + AREA_BYTES)
      const isEmpty = area.equals(EMPTY)
      this.#last.push(isEmpty ? undefined : Buffer.from(area))
      if (!isEmpty) hash.update(`${at} `).update(area)
    }
    this.sha256 = hash.digest('hex')
  }

  /** The numbers of the blocks that have changed since the last look. */
  look(): number[] {
    const { bytes } = this.#memory
    const changed: number[] = []
    for (let start = 0; start < bytes.length; start += AREA_BYTES) {
      const area = start / AREA_BYTES
      const now = bytes.subarray(start, start + AREA_BYTES)
      const last = this.#last[area]
      if (now.equals(last ?? EMPTY)) continue
      this.#last[area] = this.#takeOver(area, now, last ?? Buffer.alloc(AREA_BYTES), changed)
    }
    return changed
  }

  /** A block as it was at the last look, made small or at once; `undefined`: as at the beginning. */
  encode(block: number, isSmall = true): EncodedBlock | undefined {
    const first = this.#first.get(block)
    if (first === undefined) return undefined
    const at = block * BLOCK_BYTES
    const last = this.#last[Math.floor(at / AREA_BYTES)] as Buffer
    const now = last.subarray(at % AREA_BYTES, (at % AREA_BYTES) + BLOCK_BYTES)
    if (now.equals(first)) return undefined
    const difference = xor(now, first)
    const sum = Buffer.alloc(CHECKSUM_BYTES)
    sum.writeUInt32BE(crc32(difference, block))
    return Buffer.concat(
      isSmall ? [sum, deflateRawSync(difference, DEFLATE)] : [sum, STORED_HEAD, difference]
    )
  }

  /** All blocks that have ever changed. */
  get blocks(): Iterable<number> {
    return this.#first.keys()
  }

  /** Makes the memory what it was at the beginning, but for these blocks. */
  restore(differences: ReadonlyMap<number, Buffer>, bytes: number): void {
    this.look()
    this.#memory.growTo(bytes)
    for (const [block, first] of this.#first) this.#write(block, first)
    for (const [block, difference] of differences) {
      this.#write(block, xor(this.#first.get(block) ?? this.#copy(block), difference))
    }
    this.look()
  }

  /** Takes over the blocks of an area that have changed. */
  #takeOver(area: number, now: Buffer, last: Buffer, changed: number[]): Buffer {
    for (let at = 0; at < AREA_BYTES; at += BLOCK_BYTES) {
      if (now.compare(last, at, at + BLOCK_BYTES, at, at + BLOCK_BYTES) === 0) continue
      const block = (area * AREA_BYTES + at) / BLOCK_BYTES
      changed.push(block)
      if (!this.#first.has(block)) this.#first.set(block, Buffer.from(last.subarray(at, at + BLOCK_BYTES)))
      now.copy(last, at, at, at + BLOCK_BYTES)
    }
    return last
  }

  #copy(block: number): Buffer {
    return Buffer.from(this.#memory.bytes.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES))
  }

  #write(block: number, content: Buffer): void {
    content.copy(this.#memory.bytes, block * BLOCK_BYTES)
  }
}

/** What `encode` made. @throws RangeError of what is damaged or another block's. */
export function decodeBlock(block: number, encoded: EncodedBlock): Buffer {
  let difference: Buffer
  try {
    difference = inflateRawSync(encoded.subarray(CHECKSUM_BYTES), { maxOutputLength: BLOCK_BYTES })
  } catch (error) {
    throw new RangeError(`block ${block} is damaged`, { cause: error })
  }
  if (difference.length !== BLOCK_BYTES || crc32(difference, block) !== checksumOf(encoded)) {
    throw new RangeError(`block ${block} is damaged`)
  }
  return difference
}

export function checksumOf(encoded: EncodedBlock): number {
  return encoded.length < CHECKSUM_BYTES ? -1 : encoded.readUInt32BE()
}

const CHECKSUM_BYTES = 4

/** Of a block that is stored as it is, the last one: its length, and that with all bits turned. Source: RFC 1951, 3.2.4. */
const STORED_HEAD = Buffer.from([1, 0x00, 0x10, 0xff, 0xef])

/** A block needs no more, and what is smaller is set up sooner. */
const DEFLATE = { level: 1, memLevel: 5, windowBits: 12 }

function xor(a: Buffer, b: Buffer): Buffer {
  const result = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  const [into, left, right] = [wordsOf(result), wordsOf(a), wordsOf(b)]
  for (let index = 0; index < into.length; index++) {
    into[index] = (left[index] as number) ^ (right[index] as number)
  }
  return result
}

/** All blocks lie at a multiple of four bytes, but for those that come from Node.js's pool. */
function wordsOf(block: Buffer): Uint32Array {
  const { buffer, byteOffset } =
    block.byteOffset % 4 === 0 ? block : Buffer.from(new Uint8Array(block).buffer)
  return new Uint32Array(buffer, byteOffset, BLOCK_BYTES / 4)
}
