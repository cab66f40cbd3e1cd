// The Time Zone Information Format: RFC 9636. Versions 1 to 4 are read.

import { parsePosixTzPeriods } from './posix-tz.ts'
import {
  createTimeZone,
  evenPeriod,
  type TimeZone,
  type ZonePeriod,
  type ZonePeriods,
  type ZoneType
} from './time-zone.ts'

/**
 * The zone of a TZif file's bytes. `name` is what the zone is called; without it, its TZ string.
 * @throws RangeError where the bytes are not a TZif file, naming the place and what was expected.
 */
export function parseTzif(bytes: Uint8Array, name?: string): TimeZone {
  const tzif = readTzif(bytes)
  const periods =
    tzif.leapSeconds.length === 0 ? periodsOf(tzif) : withLeapSeconds(periodsOf(tzif), tzif.leapSeconds)
  return createTimeZone(name ?? tzif.footer, periods)
}

/** True where the bytes begin as a TZif file does. */
export function isTzif(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && latin1(bytes, 0, MAGIC.length) === MAGIC
}

const MAGIC = 'TZif'
const HEADER_BYTES = 44

interface LeapSecond {
  readonly at: number
  /** The sum of all leap seconds from `at` on. */
  readonly correction: number
}

interface Tzif {
  readonly transitions: readonly number[]
  /** What begins with each transition. */
  readonly transitionTypes: readonly ZoneType[]
  readonly types: readonly ZoneType[]
  readonly leapSeconds: readonly LeapSecond[]
  /** The TZ string in force from the last transition on, or ''. */
  readonly footer: string
}

interface Header {
  readonly version: number
  readonly isUtCount: number
  readonly isStdCount: number
  readonly leapCount: number
  readonly timeCount: number
  readonly typeCount: number
  readonly charCount: number
}

function readTzif(bytes: Uint8Array): Tzif {
  const first = readHeader(bytes, 0)
  if (first.version === 1) return readBlock(bytes, HEADER_BYTES, first, 4, '')
  const secondHeader = HEADER_BYTES + blockBytes(first, 4)
  const second = readHeader(bytes, secondHeader)
  const block = secondHeader + HEADER_BYTES
  return readBlock(bytes, block, second, 8, readFooter(bytes, block + blockBytes(second, 8)))
}

function readHeader(bytes: Uint8Array, start: number): Header {
  if (bytes.length < start + HEADER_BYTES) {
    throw malformed(bytes.length, `file ends, expected a header of ${HEADER_BYTES} bytes from byte ${start}`)
  }
  if (!isTzif(bytes.subarray(start))) {
    throw malformed(
      start,
      `${JSON.stringify(latin1(bytes, start, start + 4))}, expected ${JSON.stringify(MAGIC)}`
    )
  }
  const view = viewOf(bytes)
  const versionByte = view.getUint8(start + 4)
  // Later versions are read as the newest known one, as RFC 9636 (section 3) wants it.
  const version = versionByte === 0 ? 1 : versionByte - 0x30
  if (version !== 1 && version < 2)
    throw malformed(start + 4, `version byte ${versionByte}, expected 0 or '2' and up`)
  const count = (index: number): number => view.getUint32(start + 20 + index * 4)
  const header: Header = {
    version,
    isUtCount: count(0),
    isStdCount: count(1),
    leapCount: count(2),
    timeCount: count(3),
    typeCount: count(4),
    charCount: count(5)
  }
  const { typeCount, isUtCount, isStdCount, charCount } = header
  if (typeCount === 0 || typeCount > 256) {
    throw malformed(start + 36, `${typeCount} local time types, expected 1 to 256`)
  }
  if (charCount === 0) throw malformed(start + 40, 'no abbreviation characters, expected some')
  if (isUtCount !== 0 && isUtCount !== typeCount) {
    throw malformed(start + 20, `${isUtCount} UT indicators, expected 0 or ${typeCount}`)
  }
  if (isStdCount !== 0 && isStdCount !== typeCount) {
    throw malformed(start + 24, `${isStdCount} standard time indicators, expected 0 or ${typeCount}`)
  }
  return header
}

function blockBytes(header: Header, timeBytes: number): number {
  return (
    header.timeCount * (timeBytes + 1) +
    header.typeCount * 6 +
    header.charCount +
    header.leapCount * (timeBytes + 4) +
    header.isStdCount +
    header.isUtCount
  )
}

function readBlock(bytes: Uint8Array, start: number, header: Header, timeBytes: 4 | 8, footer: string): Tzif {
  const end = start + blockBytes(header, timeBytes)
  if (bytes.length < end) throw malformed(bytes.length, `file ends, expected data up to byte ${end}`)
  const view = viewOf(bytes)
  const timeAt = (at: number): number => (timeBytes === 4 ? view.getInt32(at) : Number(view.getBigInt64(at)))
  const typeIndexes = start + header.timeCount * timeBytes
  const typeRecords = typeIndexes + header.timeCount
  const names = typeRecords + header.typeCount * 6
  const leapRecords = names + header.charCount

  const types = Array.from({ length: header.typeCount }, (_, index): ZoneType => {
    const at = typeRecords + index * 6
    const nameIndex = view.getUint8(at + 5)
    const nameEnd = bytes.indexOf(0, names + nameIndex)
    if (nameIndex >= header.charCount || nameEnd < 0 || nameEnd >= leapRecords) {
      throw malformed(
        at + 5,
        `abbreviation index ${nameIndex}, expected a terminated name below ${header.charCount}`
      )
    }
    return {
      name: latin1(bytes, names + nameIndex, nameEnd),
      offset: view.getInt32(at),
      isDst: view.getUint8(at + 4) !== 0
    }
  })
  const transitions = ascending(header.timeCount, start, timeBytes, timeAt, 'transition')
  const transitionTypes = transitions.map((_, index) => {
    const type = types[view.getUint8(typeIndexes + index)]
    if (type === undefined) {
      throw malformed(
        typeIndexes + index,
        `local time type ${view.getUint8(typeIndexes + index)}, expected one below ${header.typeCount}`
      )
    }
    return type
  })
  const leapBytes = timeBytes + 4
  const leapSeconds = ascending(header.leapCount, leapRecords, leapBytes, timeAt, 'leap second').map(
    (at, index): LeapSecond => ({
      at,
      correction: view.getInt32(leapRecords + index * leapBytes + timeBytes)
    })
  )
  return { transitions, transitionTypes, types, leapSeconds, footer }
}

function ascending(
  count: number,
  start: number,
  step: number,
  timeAt: (at: number) => number,
  what: string
): readonly number[] {
  const times = Array.from({ length: count }, (_, index) => timeAt(start + index * step))
  times.forEach((time, index) => {
    const previous = times[index - 1]
    if (previous !== undefined && time <= previous) {
      throw malformed(start + index * step, `${what} at ${time}, expected one after ${previous}`)
    }
  })
  return times
}

function readFooter(bytes: Uint8Array, start: number): string {
  const end = bytes.indexOf(NEWLINE, start + 1)
  if (bytes[start] !== NEWLINE || end < 0)
    throw malformed(start, 'no footer, expected a line with a TZ string')
  return latin1(bytes, start + 1, end)
}

const NEWLINE = 0x0a

function periodsOf(tzif: Tzif): ZonePeriods {
  const { transitions, transitionTypes, types, footer } = tzif
  const footerPeriods = footer === '' ? undefined : parsePosixTzPeriods(footer)
  if (footer !== '' && footerPeriods === undefined) {
    throw new RangeError(`TZif footer: ${JSON.stringify(footer)}, expected a POSIX TZ string`)
  }
  // glibc takes the first type that is not daylight saving time, where RFC 9636 has the first one.
  const before = types.find(type => !type.isDst) ?? types[0]
  return seconds => {
    const passed = countUpTo(transitions, seconds)
    const from = transitions[passed - 1] ?? -Infinity
    const until = transitions[passed] ?? Infinity
    if (passed === transitions.length && footerPeriods !== undefined) {
      const period = footerPeriods(seconds)
      return period.from >= from ? period : { ...period, from }
    }
    const type = transitionTypes[passed - 1] ?? before
    if (type === undefined) throw new RangeError('TZif types: none, expected at least 1')
    return evenPeriod(type, from, until)
  }
}

function withLeapSeconds(periodAt: ZonePeriods, leapSeconds: readonly LeapSecond[]): ZonePeriods {
  const times = leapSeconds.map(leap => leap.at)
  return seconds => {
    const period = periodAt(seconds)
    const passed = countUpTo(times, seconds)
    const leap = leapSeconds[passed - 1]
    if (leap === undefined) return { ...period, until: Math.min(period.until, times[0] ?? Infinity) }
    const inserted = leap.correction > (leapSeconds[passed - 2]?.correction ?? 0)
    const bounds: Pick<ZonePeriod, 'from' | 'until' | 'leapSecond'> =
      inserted && seconds === leap.at
        ? { from: seconds, until: seconds + 1, leapSecond: 1 }
        : {
            from: Math.max(period.from, leap.at + (inserted ? 1 : 0)),
            until: Math.min(period.until, times[passed] ?? Infinity),
            leapSecond: 0
          }
    return { ...period, ...bounds, leapCorrection: leap.correction }
  }
}

/** How many of the ascending times are at or before `seconds`. */
function countUpTo(times: readonly number[], seconds: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? Infinity) <= seconds) low = middle + 1
    else high = middle
  }
  return low
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end))
}

function malformed(at: number, found: string): RangeError {
  return new RangeError(`TZif byte ${at}: ${found}`)
}
