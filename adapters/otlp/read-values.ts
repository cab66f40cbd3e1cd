import { setOwnValue } from '../../plugin/own-value.ts'
import type { RecordValue } from '../../plugin/record.ts'
import { BYTES, FIXED64, tagOf, VARINT, type WireReader } from './wire-reader.ts'

/**
 * Attributes and values in protobuf. Source: opentelemetry-proto, `common/v1/common.proto`:
 *
 *     AnyValue:     one of 1 string_value, 2 bool_value, 3 int_value, 4 double_value, 5 array_value, 6 kvlist_value, 7 bytes_value
 *     ArrayValue:   1 AnyValue, repeated      KeyValueList: 1 KeyValue, repeated
 *     KeyValue:     1 key, 2 value (AnyValue)
 */
const STRING = tagOf(1, BYTES)
const BOOL = tagOf(2, VARINT)
const INT = tagOf(3, VARINT)
const DOUBLE = tagOf(4, FIXED64)
const ARRAY = tagOf(5, BYTES)
const MAP = tagOf(6, BYTES)
const BYTE_STRING = tagOf(7, BYTES)
const ITEM = tagOf(1, BYTES)
const KEY = tagOf(1, BYTES)
const VALUE = tagOf(2, BYTES)

export function readAnyValue(wire: WireReader): RecordValue {
  const outer = wire.enter()
  let value: RecordValue = null
  while (wire.hasMore) {
    switch (wire.tag()) {
      case STRING:
      case BYTE_STRING:
        value = wire.text()
        break
      case BOOL:
        value = wire.boolean()
        break
      case INT:
        value = wire.int64()
        break
      case DOUBLE:
        value = doubleOf(wire.double())
        break
      case ARRAY:
        value = readArray(wire)
        break
      case MAP:
        value = readMap(wire)
        break
      default:
        wire.skip()
    }
  }
  wire.leave(outer)
  return value
}

/** Reads an attribute into `into`. One without a key says nothing. */
export function readKeyValue(wire: WireReader, into: Record<string, RecordValue>): void {
  const outer = wire.enter()
  let key: string | undefined
  let value: RecordValue = null
  while (wire.hasMore) {
    switch (wire.tag()) {
      case KEY:
        key = wire.text()
        break
      case VALUE:
        value = readAnyValue(wire)
        break
      default:
        wire.skip()
    }
  }
  wire.leave(outer)
  if (key !== undefined) setOwnValue(into, key, value)
}

function readArray(wire: WireReader): readonly RecordValue[] {
  const outer = wire.enter()
  const values: RecordValue[] = []
  while (wire.hasMore) {
    if (wire.tag() === ITEM) values.push(readAnyValue(wire))
    else wire.skip()
  }
  wire.leave(outer)
  return values
}

function readMap(wire: WireReader): Record<string, RecordValue> {
  const outer = wire.enter()
  const map: Record<string, RecordValue> = {}
  while (wire.hasMore) {
    if (wire.tag() === ITEM) readKeyValue(wire, map)
    else wire.skip()
  }
  wire.leave(outer)
  return map
}

/** As in JSON, where what is no number is a text. */
function doubleOf(value: number): RecordValue {
  return Number.isFinite(value) ? value : String(value)
}
