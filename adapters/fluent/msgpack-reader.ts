import { setOwnValue } from '../../plugin/own-value.ts'
import type { RecordMap, RecordValue } from '../../plugin/record.ts'
import { ForwardError } from './forward-error.ts'

/** A time of Fluent's: extension type 0, two unsigned 32-bit numbers. Source: Forward protocol v1, "EventTime Ext Format". */
export class EventTime {
  readonly seconds: number
  readonly nanoseconds: number

  constructor(seconds: number, nanoseconds: number) {
    this.seconds = seconds
    this.nanoseconds = nanoseconds
  }
}

/** What `MsgpackReader` gives where it is told apart what texts, bytes and times are. */
export type MsgpackHead =
  | { readonly type: 'array' | 'map'; readonly length: number }
  | { readonly type: 'text'; readonly start: number; readonly end: number }
  | { readonly type: 'time'; readonly time: EventTime }
  | { readonly type: 'number'; readonly value: number | string }
  | { readonly type: 'other'; readonly value: RecordValue }

/** Nothing sane is nested deeper; what is would overflow the stack. */
const MOST_DEPTH = 100

const EVENT_TIME = 0

/**
 * Reads MessagePack to values of records. Texts are bytes: `str` and `bin` are both byte strings, keys too, and nothing is
 * decoded or replaced. It is used where `MsgpackScan` has found whole objects; whatever else is in them it refuses.
 */
export class MsgpackReader {
  readonly #bytes: Buffer
  position: number

  constructor(bytes: Buffer, position = 0) {
    this.#bytes = bytes
    this.position = position
  }

  /** The next object; of an array or a map only its head. @throws ForwardError */
  head(): MsgpackHead {
    const bytes = this.#bytes
    const byte = this.#uint(1)
    if (byte < 0x80) return { type: 'number', value: byte }
    if (byte < 0x90) return { type: 'map', length: byte & 0x0f }
    if (byte < 0xa0) return { type: 'array', length: byte & 0x0f }
    if (byte < 0xc0) return this.#text(byte & 0x1f)
    if (byte >= 0xe0) return { type: 'number', value: byte - 0x100 }
    switch (byte) {
      case 0xc0:
        return { type: 'other', value: null }
      case 0xc2:
        return { type: 'other', value: false }
      case 0xc3:
        return { type: 'other', value: true }
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#text(this.#uint(1 << (byte - 0xc4)))
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#uint(1 << (byte - 0xc7)))
      case 0xca:
        return float(bytes.readFloatBE(this.#pass(4)))
      case 0xcb:
        return float(bytes.readDoubleBE(this.#pass(8)))
      case 0xcc:
      case 0xcd:
      case 0xce:
        return { type: 'number', value: this.#uint(1 << (byte - 0xcc)) }
      case 0xcf:
        return integer(bytes.readBigUInt64BE(this.#pass(8)))
      case 0xd0:
      case 0xd1:
      case 0xd2: {
        const size = 1 << (byte - 0xd0)
        return { type: 'number', value: bytes.readIntBE(this.#pass(size), size) }
      }
      case 0xd3:
        return integer(bytes.readBigInt64BE(this.#pass(8)))
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (byte - 0xd4))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#uint(1 << (byte - 0xd9)))
      case 0xdc:
      case 0xdd:
        return { type: 'array', length: this.#uint(2 << (byte - 0xdc)) }
      case 0xde:
      case 0xdf:
        return { type: 'map', length: this.#uint(2 << (byte - 0xde)) }
      default:
        throw new ForwardError('fluent-syntax', `byte 0x${byte.toString(16)}; expected a MessagePack object`)
    }
  }

  /** The next object, whole. A time is its seconds. @throws ForwardError */
  value(depth = 0): RecordValue {
    const head = this.head()
    switch (head.type) {
      case 'text':
        return this.#bytes.toString('latin1', head.start, head.end)
      case 'number':
      case 'other':
        return head.value
      case 'time':
        return head.time.seconds + head.time.nanoseconds / 1e9
      case 'array':
        return this.#array(head.length, depth)
      case 'map':
        return this.map(head.length, depth)
    }
  }

  /** What is in a map of which the head is read. @throws ForwardError */
  map(length: number, depth = 0): RecordMap {
    this.#checkDepth(depth)
    const map: Record<string, RecordValue> = {}
    for (let index = 0; index < length; index++) {
      const key = this.value(depth + 1)
      setOwnValue(map, typeof key === 'string' ? key : JSON.stringify(key), this.value(depth + 1))
    }
    return map
  }

  #array(length: number, depth: number): RecordValue[] {
    this.#checkDepth(depth)
    const items: RecordValue[] = []
    for (let index = 0; index < length; index++) items.push(this.value(depth + 1))
    return items
  }

  #checkDepth(depth: number): void {
    if (depth < MOST_DEPTH) return
    throw new ForwardError('fluent-syntax', `more than ${MOST_DEPTH} maps and arrays in each other`)
  }

  #text(length: number): MsgpackHead {
    const start = this.#pass(length)
    return { type: 'text', start, end: this.position }
  }

  #extension(length: number): MsgpackHead {
    const type = this.#bytes.readInt8(this.#pass(1))
    const start = this.#pass(length)
    if (type !== EVENT_TIME || length !== 8) return { type: 'text', start, end: this.position }
    const bytes = this.#bytes
    return { type: 'time', time: new EventTime(bytes.readUInt32BE(start), bytes.readUInt32BE(start + 4)) }
  }

  #uint(size: number): number {
    return this.#bytes.readUIntBE(this.#pass(size), size)
  }

  /** Goes `size` bytes on, and gives where it was. */
  #pass(size: number): number {
    const { position } = this
    this.position = position + size
    if (this.position > this.#bytes.length) {
      throw new ForwardError('fluent-syntax', `the bytes end at ${this.#bytes.length} within an object`)
    }
    return position
  }
}

/** JSON and checkpoints know no infinities. */
function float(value: number): MsgpackHead {
  return { type: 'number', value: Number.isFinite(value) ? value : String(value) }
}

function integer(value: bigint): MsgpackHead {
  const number = Number(value)
  return { type: 'number', value: Number.isSafeInteger(number) ? number : String(value) }
}
