import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { bundledZone } from '../../adapters/bundled-zones.ts'
import { TZDATA_RELEASE } from '../../adapters/bundled-zones.data.ts'
import { loadTimeZone, type TimeZoneFiles, timeZoneFiles } from '../../adapters/time-zone.ts'
import { formatTimeVariables } from '../../plugin/time/format.ts'
import type { TimeZone } from '../../plugin/time/time-zone.ts'
import recorded from '../plugin/time/local-times.json' with { type: 'json' }

const root = mkdtempSync(join(tmpdir(), 'correlog-zones-'))
afterAll(() => rmSync(root, { recursive: true }))

const WINTER = 1_767_225_600
const SUMMER = 1_783_000_000
/** A machine without time zone data. */
const bare: TimeZoneFiles = { directory: join(root, 'missing'), localtime: join(root, 'no-localtime') }
/** A machine whose time zone data are one zone and some files that are none. */
const machine: TimeZoneFiles = { directory: join(root, 'zoneinfo'), localtime: join(root, 'localtime') }
mkdirSync(join(machine.directory, 'Mine'), { recursive: true })
writeFileSync(join(machine.directory, 'Mine/Town'), bundledZone('Asia/Kolkata') ?? '')
writeFileSync(join(machine.directory, 'notes'), 'no time zone')
symlinkSync(join(machine.directory, 'Mine/Town'), machine.localtime)

function shown(zone: TimeZone, seconds = WINTER): string {
  const variables = formatTimeVariables(zone.localTime(seconds), seconds)
  return `${variables['.hmsstr']} ${variables['.tzname']} ${variables['.tzoff']}`
}

describe('local times recorded from Perl', () => {
  it('are of the bundled release', () => {
    expect(recorded.release).toBe(TZDATA_RELEASE)
  })

  const cases = [...Object.entries(recorded.zones), ...Object.entries(recorded.strings)]
  it.each(cases)('%s', (tz, lines) => {
    const zone = loadTimeZone(tz, bare)
    const ours = lines.map(line => {
      const seconds = Number(line.split('|')[0])
      const t = zone.localTime(seconds)
      const variables = formatTimeVariables(t, seconds)
      return [seconds, variables.t, t.yday, t.isDst ? 1 : 0, variables['.tzname'], variables['.tzoff']].join(
        '|'
      )
    })
    expect(ours).toEqual(lines)
  })
})

describe('periods', () => {
  it.each(Object.keys(recorded.zones))(
    'of %s end after each of their seconds: who steps by them arrives',
    name => {
      const zone = loadTimeZone(name, bare)
      let second = Date.UTC(1850) / 1_000
      const end = Date.UTC(2150) / 1_000
      while (second < end) {
        const until = zone.evenUntil(second)
        expect(until).toBeGreaterThan(second)
        if (until < end) expect(zone.evenUntil(until - 1)).toBe(until)
        second = until
      }
    }
  )
})

describe('loadTimeZone', () => {
  it.each([
    ['a name', 'Mine/Town', '05:30:00 IST +0530'],
    ['a name after a colon', ':Mine/Town', '05:30:00 IST +0530'],
    ['an absolute path', join(machine.directory, 'Mine/Town'), '05:30:00 IST +0530'],
    ['nothing', undefined, '05:30:00 IST +0530'],
    ['an empty value', '', '00:00:00 UTC +0000'],
    ['a lone colon', ':', '00:00:00 UTC +0000'],
    ['a TZ string', 'CET-1CEST,M3.5.0,M10.5.0/3', '01:00:00 CET +0100'],
    ['a TZ string after a colon', ':<+03>-3', '03:00:00 +03 +0300'],
    ['a zone that these data lack', 'Europe/Berlin', '00:00:00 Europe +0000'],
    ['a directory', 'Mine', '00:00:00 Mine +0000'],
    ['a file that is no zone', 'notes', '00:00:00 notes +0000'],
    ['a device', '/dev/zero', '00:00:00  +0000'],
    ['a malformed TZ string', 'EST5EDT,bad', '19:00:00 EST -0500'],
    ['a quoted name alone', '<-00>', '00:00:00 -00 +0000']
  ])('takes %s as the C library does', (_, tz, expected) => {
    expect(shown(loadTimeZone(tz, machine))).toBe(expected)
  })

  it('is UTC where TZ and /etc/localtime are missing', () => {
    expect(loadTimeZone(undefined, bare).name).toBe('UTC')
  })

  it('takes the bundled zone that a dangling /etc/localtime names', () => {
    const localtime = join(root, 'dangling')
    symlinkSync('/nowhere/zoneinfo/Europe/Berlin', localtime)
    expect(shown(loadTimeZone(undefined, { ...bare, localtime }), SUMMER)).toBe('15:46:40 CEST +0200')
  })

  it('names a broken zone file', () => {
    const path = join(machine.directory, 'Broken')
    writeFileSync(path, 'TZif2')
    expect(() => loadTimeZone('Broken', machine)).toThrow(
      `${path}: TZif byte 5: file ends, expected a header of 44 bytes from byte 0`
    )
  })

  it('looks where TZDIR says', () => {
    expect(timeZoneFiles('/data/zones').directory).toBe('/data/zones')
    expect(timeZoneFiles(undefined).directory).toBe('/usr/share/zoneinfo')
  })
})
