import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { parsePosixTz } from '../plugin/time/posix-tz.ts'
import { createFixedTimeZone, type TimeZone, UTC } from '../plugin/time/time-zone.ts'
import { isTzif, parseTzif } from '../plugin/time/tzif.ts'
import { bundledZone } from './bundled-zones.ts'

export interface TimeZoneFiles {
  /** Where zone names are looked up. */
  readonly directory: string
  /** The machine's own zone, which counts where TZ is unset. */
  readonly localtime: string
}

/** What the C library looks at; `directory` is what TZDIR says where it is set. */
export function timeZoneFiles(tzdir: string | undefined): TimeZoneFiles {
  return {
    directory: tzdir === undefined || tzdir === '' ? '/usr/share/zoneinfo' : tzdir,
    localtime: '/etc/localtime'
  }
}

/**
 * The time zone that glibc takes for a value of TZ: a file's or a zone's name, else a POSIX TZ string, each with or
 * without a colon before it; undefined is the machine's own zone. What is none of these is UTC by another name.
 * Where the machine has no time zone data at all, the package's own stand in for them.
 * @throws RangeError where the zone's file is a broken TZif file, naming file and place.
 */
export function loadTimeZone(
  tz: string | undefined,
  files: TimeZoneFiles = timeZoneFiles(process.env.TZDIR)
): TimeZone {
  if (tz === undefined) return readZoneFile(files.localtime, files.localtime) ?? linkedZone(files) ?? UTC
  const value = tz.startsWith(':') ? tz.slice(1) : tz
  if (value === '') return UTC
  const path = isAbsolute(value) ? value : join(files.directory, value)
  return (
    readZoneFile(path, value) ??
    bundledZoneFor(value, files) ??
    parsePosixTz(value) ??
    zoneOfMalformedTz(value)
  )
}

function bundledZoneFor(name: string, files: TimeZoneFiles): TimeZone | undefined {
  const bytes = existsSync(files.directory) ? undefined : bundledZone(name)
  return bytes === undefined ? undefined : parseTzif(bytes, name)
}

/** The zone that a symbolic link names whose target is missing with the rest of the time zone data. */
function linkedZone(files: TimeZoneFiles): TimeZone | undefined {
  let target: string
  try {
    target = readlinkSync(files.localtime)
  } catch {
    return undefined
  }
  const name = /\/zoneinfo\/(?:posix\/)?(.+)$/.exec(target)?.[1]
  return name === undefined ? undefined : bundledZoneFor(name, files)
}

/** As much as can be read from the front: `Foo/Bar` is UTC called Foo, `EST5 EDT` is EST without daylight time. */
function zoneOfMalformedTz(value: string): TimeZone {
  const standard = /^(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)(?:[+-]?\d+)?/.exec(value)?.[0] ?? ''
  return parsePosixTz(standard) ?? createFixedTimeZone(value, standard.replace(/[<>]/g, ''), 0)
}

/** The zone in a file, or undefined where there is no readable TZif file. */
function readZoneFile(path: string, name: string): TimeZone | undefined {
  const bytes = readRegularFile(path)
  if (bytes === undefined || !isTzif(bytes)) return undefined
  try {
    return parseTzif(bytes, name)
  } catch (cause) {
    throw new RangeError(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

function readRegularFile(path: string): Uint8Array | undefined {
  try {
    // Opening a FIFO would wait for a writer.
    return statSync(path).isFile() ? readFileSync(path) : undefined
  } catch {
    return undefined
  }
}
