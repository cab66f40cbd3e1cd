import { ForwardError } from './forward-error.ts'

/**
 * Finds where objects of MessagePack end, without decoding them, in bytes that may come in pieces: what a scan has
 * passed is not looked at again. Non-minimal forms are as good as any. Source: MessagePack specification, "Formats".
 */
export class MsgpackScan {
  /** How far it has come; beyond the bytes that are there in the middle of a string. */
  position: number
  /** Objects that are still to come. */
  #open: number

  constructor(position: number, objects = 1) {
    this.position = position
    this.#open = objects
  }

  /** Bytes that are still to come, at least. */
  get missing(): number {
    return this.#open
  }

  /**
   * Goes on, as far as `end`. True when all objects are passed: they end at `position`. False: more bytes are needed.
   *
   * @throws ForwardError of a byte that begins no object
   */
  run(bytes: Buffer, end: number): boolean {
    let position = this.position
    let open = this.#open
    while (open > 0 && position < end) {
      const byte = bytes[position] as number
      let next: number
      if (byte < 0x80 || byte >= 0xe0) next = position + 1
      else if (byte < 0x90) {
        next = position + 1
        open += 2 * (byte & 0x0f)
      } else if (byte < 0xa0) {
        next = position + 1
        open += byte & 0x0f
      } else if (byte < 0xc0) next = position + 1 + (byte & 0x1f)
      else {
        const lengthBytes = LENGTH_BYTES[byte - 0xc0] as number
        if (position + lengthBytes >= end) break
        next = position + 1 + lengthBytes + (FIXED_BYTES[byte - 0xc0] as number)
        if (lengthBytes > 0) {
          const length = bytes.readUIntBE(position + 1, lengthBytes)
          if (byte === 0xdc || byte === 0xdd) open += length
          else if (byte === 0xde || byte === 0xdf) open += 2 * length
          else next += length
        } else if (byte === 0xc1) {
          throw new ForwardError('fluent-syntax', `byte 0xc1 at ${position}; expected a MessagePack object`)
        }
      }
      position = next
      open--
    }
    this.position = position
    this.#open = open
    return open === 0 && position <= end
  }
}

/** Of the forms from 0xc0 to 0xdf: bytes of the length behind the first one. */
const LENGTH_BYTES: readonly number[] = [
  0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4
]

/** Of the same forms: bytes behind that which the length does not count, the type of an extension among them. */
const FIXED_BYTES: readonly number[] = [
  0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0, 0, 0, 0, 0
]

/** Where an object that begins at `start` ends. @throws ForwardError if it does not */
export function msgpackEnd(bytes: Buffer, start: number, end: number): number {
  const scan = new MsgpackScan(start)
  if (scan.run(bytes, end)) return scan.position
  throw new ForwardError('fluent-syntax', `the bytes end at ${end} within an object; expected more`)
}
