import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { expandBraces, type GlobPart, isMagic, literalText, segmentExpression } from './glob-pattern.ts'
import { splitGlobWords } from './glob-words.ts'

/**
 * The names that a glob stands for, as Perl's `glob` gives them: words at white space, quotes, braces, `~`, `*`, `?`,
 * `[a-z]`, `[!a]`; a word without `*`, `?` and `[…]` stays even if there is no such file. Sorted within each
 * alternative of a brace, case-blind. Names and pattern are byte strings (latin1).
 */
export function glob(pattern: string): string[] {
  return splitGlobWords(pattern)
    .flatMap(expandBraces)
    .flatMap(alternative => {
      const parts = expandTilde(alternative)
      if (!isMagic(parts)) return [literalText(parts)]
      return matchPath(parts).sort(compareNames)
    })
}

/** A path of the file system from a byte string. */
function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1')
}

function character(value: string): GlobPart {
  return { type: 'character', value, escaped: true }
}

/** `~` and `~user` at the start become that user's home; an unknown user stays. */
function expandTilde(parts: GlobPart[]): GlobPart[] {
  const [first] = parts
  if (first?.type !== 'character' || first.value !== '~' || first.escaped) return parts
  const slash = parts.findIndex(part => part.type === 'character' && part.value === '/')
  const end = slash < 0 ? parts.length : slash
  if (isMagic(parts.slice(0, end))) return parts
  const home = homeOf(literalText(parts.slice(1, end)))
  return home === undefined ? parts : [...Array.from(home, character), ...parts.slice(end)]
}

function homeOf(user: string): string | undefined {
  if (user === '') return Buffer.from(process.env.HOME ?? homedir()).toString('latin1')
  try {
    const entry = readFileSync('/etc/passwd', 'latin1')
      .split('\n')
      .map(line => line.split(':'))
      .find(fields => fields[0] === user)
    return entry?.[5]
  } catch {
    return undefined
  }
}

/** The existing paths that a pattern with at least one magic part matches. */
function matchPath(parts: readonly GlobPart[]): string[] {
  let found = ['']
  for (const segment of segmentsOf(parts)) {
    found = isMagic(segment)
      ? found.flatMap(folder => namesIn(folder, segment).map(name => folder + name))
      : found.map(folder => folder + literalText(segment))
  }
  return found.filter(exists)
}

/** Runs of slashes and what stands between them, in order. */
function segmentsOf(parts: readonly GlobPart[]): GlobPart[][] {
  const segments: GlobPart[][] = []
  let slashes: boolean | undefined
  for (const part of parts) {
    const isSlash = part.type === 'character' && part.value === '/'
    if (isSlash !== slashes) segments.push([])
    slashes = isSlash
    segments.at(-1)?.push(part)
  }
  return segments
}

function namesIn(folder: string, segment: readonly GlobPart[]): string[] {
  const expression = segmentExpression(segment)
  const [first] = segment
  const hidden = first?.type === 'character' && first.value === '.'
  let names: string[]
  try {
    names = readdirSync(bytes(folder === '' ? '.' : folder), { encoding: 'buffer' }).map(name =>
      name.toString('latin1')
    )
  } catch {
    return []
  }
  return ['.', '..', ...names].filter(name => (hidden || !name.startsWith('.')) && expression.test(name))
}

/** A dangling link exists; with a slash after it, it has to be a folder. */
function exists(path: string): boolean {
  try {
    return path.endsWith('/') ? statSync(bytes(path)).isDirectory() : lstatSync(bytes(path)) !== undefined
  } catch {
    return false
  }
}

/** Case-blind, then by byte. Perl compares signed characters: bytes from 0x80 come first. */
function compareNames(one: string, other: string): number {
  return compareBytes(lowerAscii(one), lowerAscii(other)) || compareBytes(one, other)
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, capitals => capitals.toLowerCase())
}

function compareBytes(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  for (let at = 0; at < length; at++) {
    const difference = signed(one.charCodeAt(at)) - signed(other.charCodeAt(at))
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

function signed(byte: number): number {
  return byte < 0x80 ? byte : byte - 0x100
}
