import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTzif, parseTzif } from '../../../plugin/time/tzif.ts'

interface Block {
  readonly transitions: readonly (readonly [at: number, type: number])[]
  readonly types: readonly (readonly [offset: number, isDst: number, nameIndex: number])[]
  readonly names: string
  readonly leapSeconds: readonly (readonly [at: number, correction: number])[]
}

const STANDARD: Block = {
  transitions: [
    [1_000, 1],
    [2_000, 0]
  ],
  types: [
    [3_600, 0, 0],
    [7_200, 1, 4]
  ],
  names: 'AAA\0BBB\0',
  leapSeconds: []
}

function block(
  version: string,
  { transitions, types, names, leapSeconds }: Block,
  timeBytes: 4 | 8
): number[] {
  const time = (value: number): number[] =>
    [...int32(timeBytes === 8 ? Math.floor(value / 2 ** 32) : -1), ...int32(value)].slice(8 - timeBytes)
  return [
    ...latin1(`TZif${version}`),
    ...Array.from({ length: 15 }, () => 0),
    ...[0, 0, leapSeconds.length, transitions.length, types.length, names.length].flatMap(int32),
    ...transitions.flatMap(([at]) => time(at)),
    ...transitions.map(([, type]) => type),
    ...types.flatMap(([offset, isDst, nameIndex]) => [...int32(offset), isDst, nameIndex]),
    ...latin1(names),
    ...leapSeconds.flatMap(([at, correction]) => [...time(at), ...int32(correction)])
  ]
}

function version2(data: Block, footer: string): Uint8Array {
  const old: Block = { transitions: [], types: [[0, 0, 0]], names: '\0', leapSeconds: [] }
  return Uint8Array.from([...block('2', old, 4), ...block('2', data, 8), ...latin1(`\n${footer}\n`)])
}

function version1(data: Block): Uint8Array {
  return Uint8Array.from(block('\0', data, 4))
}

function int32(value: number): number[] {
  return [24, 16, 8, 0].map(shift => (value >> shift) & 0xff)
}

function latin1(text: string): number[] {
  return Array.from(text, char => char.charCodeAt(0))
}

describe('parseTzif', () => {
  it.each([
    ['version 1', version1(STANDARD)],
    ['version 2', version2(STANDARD, '')]
  ])('reads %s', (_, bytes) => {
    const zone = parseTzif(bytes)
    const at = (seconds: number): string =>
      `${zone.localTime(seconds).zoneName} ${zone.localTime(seconds).offset}`
    expect([999, 1_000, 1_999, 2_000, 9_999, -9_999].map(at)).toEqual([
      'AAA 3600',
      'BBB 7200',
      'BBB 7200',
      'AAA 3600',
      'AAA 3600',
      'AAA 3600'
    ])
  })

  it('follows the TZ string from the last transition on', () => {
    const zone = parseTzif(version2(STANDARD, 'CET-1CEST,M3.5.0,M10.5.0/3'), 'Some/Where')
    expect(zone.name).toBe('Some/Where')
    expect(zone.localTime(1_999).zoneName).toBe('BBB')
    expect(zone.localTime(2_000).zoneName).toBe('CET')
    expect(zone.localTime(1_783_000_000).zoneName).toBe('CEST')
    expect(zone.localTime(1_999).zoneName).toBe('BBB')
  })

  it('starts with standard time, as glibc does', () => {
    const types = [STANDARD.types[1], STANDARD.types[0]].filter(type => type !== undefined)
    expect(parseTzif(version1({ ...STANDARD, types })).localTime(0).zoneName).toBe('AAA')
  })

  it('shows an inserted leap second as second 60', () => {
    const zone = parseTzif(version2({ ...STANDARD, leapSeconds: [[78_796_800, 1]] }, 'UTC0'))
    const at = (seconds: number): string => {
      const { hour, min, sec } = zone.localTime(seconds)
      return `${hour}:${min}:${sec}`
    }
    expect([78_796_799, 78_796_800, 78_796_801, 78_796_802].map(at)).toEqual([
      '23:59:59',
      '23:59:60',
      '0:0:0',
      '0:0:1'
    ])
  })

  it.each([
    ['another file', latin1('#!/bin/sh'.padEnd(60)), 'TZif byte 0: "#!/b", expected "TZif"'],
    ['a short file', latin1('TZif2'), 'TZif byte 5: file ends, expected a header of 44 bytes from byte 0'],
    [
      'a cut file',
      [...version1(STANDARD).subarray(0, 60)],
      'TZif byte 60: file ends, expected data up to byte 74'
    ],
    ['an unknown version', block('!', STANDARD, 4), "TZif byte 4: version byte 33, expected 0 or '2' and up"],
    [
      'no types',
      block('\0', { ...STANDARD, types: [] }, 4),
      'TZif byte 36: 0 local time types, expected 1 to 256'
    ],
    [
      'a type too high',
      block('\0', { ...STANDARD, transitions: [[1, 7]] }, 4),
      'TZif byte 48: local time type 7, expected one below 2'
    ],
    [
      'a name too far',
      block('\0', { ...STANDARD, types: [[0, 0, 9]] }, 4),
      'TZif byte 59: abbreviation index 9, expected a terminated name below 8'
    ],
    [
      'a name without end',
      block('\0', { ...STANDARD, names: 'AAA\0BBB' }, 4),
      'TZif byte 65: abbreviation index 4, expected a terminated name below 7'
    ],
    [
      'transitions out of order',
      block(
        '\0',
        {
          ...STANDARD,
          transitions: [
            [5, 0],
            [5, 1]
          ]
        },
        4
      ),
      'TZif byte 48: transition at 5, expected one after 5'
    ],
    ['no footer', [...version2(STANDARD, '').subarray(0, -2)], 'no footer, expected a line with a TZ string'],
    ['a bad footer', [...version2(STANDARD, 'CET')], 'TZif footer: "CET", expected a POSIX TZ string']
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseTzif(Uint8Array.from(bytes))).toThrow(message)
  })

  it('refuses any damage with a RangeError or reads it', () => {
    const whole = version2({ ...STANDARD, leapSeconds: [[3_000, 1]] }, 'CET-1CEST,M3.5.0,M10.5.0/3')
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(whole.length),
        (changes, length) => {
          const damaged = whole.slice()
          for (const [at, byte] of changes) damaged[at] = byte
          expect(outcome(damaged)).toMatch(/^(read|RangeError)$/)
          expect(outcome(damaged.subarray(0, length))).toMatch(/^(read|RangeError)$/)
        }
      ),
      { numRuns: 1_000 }
    )
  })
})

function outcome(bytes: Uint8Array): string {
  try {
    parseTzif(bytes).localTime(1_783_000_000)
    return 'read'
  } catch (error) {
    return error instanceof Error ? error.name : 'no error'
  }
}

it('tells a TZif file by its first bytes', () => {
  expect(isTzif(version1(STANDARD))).toBe(true)
  expect(isTzif(Uint8Array.from(latin1('TZ')))).toBe(false)
})
