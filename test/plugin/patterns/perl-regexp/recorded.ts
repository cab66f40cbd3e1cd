import { readFileSync } from 'node:fs'

/** What `test/parity/perl-regexp/record.pl` writes for a pattern. */
export interface Recorded {
  /** Perl died of the pattern with this. */
  readonly error?: string
  readonly warnings: readonly string[]
  /** For each subject: captures, index 0 being the whole match; null for no match, "died" when Perl did. */
  readonly results?: readonly (readonly (string | null)[] | null | 'died')[]
  /** The bytes that match alone, as hexadecimal ranges. */
  readonly matched?: string
}

const folder = new URL('../../../parity/perl-regexp/', import.meta.url)
export const recorder = new URL('record.pl', folder).pathname

export function readCases<T>(name: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as readonly T[]
}

/** JSON in ASCII, so that Perl reads characters as bytes whatever its locale. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\0-\x7e]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}

/** Perl's captures without the whole match, whose extent is never visible. */
export function capturesOf(result: readonly (string | null)[] | null | 'died'): unknown {
  return result === null || result === 'died' ? result : result.slice(1)
}

/** The same of an own result. */
export function ownCaptures(result: readonly (string | undefined)[] | undefined): unknown {
  return result === undefined ? null : result.slice(1).map(capture => capture ?? null)
}
