import { type ByteSet, complement, ranges, single, union } from './byte-set.ts'
import { caselessPosixClass, escapeClass, foldCase, posixClass } from './character-tables.ts'
import { parseCharacterEscape, parseNamedCharacter } from './escapes.ts'
import { isWordCharacter, type ParseState } from './parse-state.ts'
import { parseProperty } from './unicode-properties.ts'

type Item =
  | { readonly type: 'class'; readonly bytes: ByteSet }
  | { readonly type: 'character'; readonly code: number }

const lastByte = 255

/** Reads `[…]`; the position is after the opening bracket and ends after the closing one. */
export function parseBracketClass(state: ParseState): ByteSet {
  const start = state.position
  const result = new Uint8Array(256)
  const classes = new Uint8Array(256)
  let namesHighCharacter = false
  const addRange = (low: number, high: number): void => {
    if (high > lastByte) {
      namesHighCharacter = true
      state.needsUnicode = true
    }
    for (const [byte, member] of ranges([low, high]).entries()) if (member === 1) result[byte] = 1
  }
  const addClass = (bytes: ByteSet): void => {
    for (const [byte, member] of bytes.entries()) if (member === 1) classes[byte] = 1
  }

  const negative = state.peek() === '^'
  if (negative) state.position++
  skipClassBlanks(state)
  warnMisplacedPosix(state, start - 1)
  // The first bracket is a member.
  let first = true
  for (;;) {
    if (state.atEnd) state.fail('Unmatched [', start)
    if (state.peek() === ']' && !first) break
    first = false
    const itemStart = state.position
    const item = parseItem(state, start)
    skipClassBlanks(state)
    if (!startsRange(state)) {
      if (item.type === 'class') addClass(item.bytes)
      else addRange(item.code, item.code)
      continue
    }
    if (item.type === 'class') {
      addClass(item.bytes)
      addRange(0x2d, 0x2d)
      state.position++
      skipClassBlanks(state)
      state.warn(`False [] range "${state.source.slice(itemStart, state.position)}"`)
      continue
    }
    state.position++
    skipClassBlanks(state)
    const last = parseItem(state, start)
    if (last.type === 'class') {
      addRange(item.code, item.code)
      addRange(0x2d, 0x2d)
      addClass(last.bytes)
      state.warn(`False [] range "${state.source.slice(itemStart, state.position)}"`)
      skipClassBlanks(state)
      continue
    }
    skipClassBlanks(state)
    if (last.code < item.code)
      state.fail(`Invalid [] range "${state.source.slice(itemStart, state.position)}"`)
    addRange(item.code, last.code)
  }
  state.position++
  let bytes: ByteSet = result
  if (state.flags.ignoreCase) {
    if (namesHighCharacter) state.refuse('a character above 255 with the i modifier')
    if (state.rules === 'unicode' && bytes[0xdf] === 1) {
      state.refuse('the letter \\xdf with the i modifier under Unicode rules')
    }
    bytes = foldCase(bytes, state.rules)
  }
  bytes = union(bytes, classes)
  return negative ? complement(bytes) : bytes
}

/** At a dash that isn't the last thing in the class. */
function startsRange(state: ParseState): boolean {
  if (state.peek() !== '-') return false
  let offset = 1
  if (state.flags.extendedMore) while (isClassBlank(state.peek(offset))) offset++
  return state.peek(offset) !== ']' && state.peek(offset) !== ''
}

function skipClassBlanks(state: ParseState): void {
  if (state.flags.extendedMore) while (isClassBlank(state.peek())) state.position++
}

function isClassBlank(char: string): boolean {
  return char === ' ' || char === '\t'
}

function parseItem(state: ParseState, classStart: number): Item {
  const char = state.peek()
  if (char === '') state.fail('Unmatched [', classStart)
  if (char === '[') {
    const bytes = parsePosixClass(state)
    if (bytes) return { type: 'class', bytes }
  }
  state.position++
  return char === '\\' ? parseClassEscape(state) : { type: 'character', code: char.charCodeAt(0) }
}

function parseClassEscape(state: ParseState): Item {
  const letter = state.peek()
  if (letter === '') state.fail('Unmatched [')
  if (letter === 'N') return parseNamedInClass(state)
  if (letter === 'p' || letter === 'P') return { type: 'class', bytes: parseProperty(state) }
  const bytes = escapeClass(letter, state.rules)
  if (bytes) {
    state.position++
    return { type: 'class', bytes }
  }
  const code = parseCharacterEscape(state)
  if (code !== undefined) return { type: 'character', code }
  state.position++
  if (letter === 'b') return { type: 'character', code: 0x08 }
  if (isWordCharacter(letter) && letter !== '_') {
    state.warn(`Unrecognized escape \\${letter} in character class passed through`)
  }
  return { type: 'character', code: letter.charCodeAt(0) }
}

function parseNamedInClass(state: ParseState): Item {
  state.position++
  if (state.peek() !== '{') state.fail('\\N in a character class must be a named character: \\N{...}')
  const codes = parseNamedCharacter(state)
  const [code] = codes
  if (codes.length > 1) state.refuse('a sequence of characters in a class')
  return { type: 'character', code: code ?? 0 }
}

/** `[:name:]` or `[:^name:]` at the position; undefined, staying there, for anything else. */
function parsePosixClass(state: ParseState): ByteSet | undefined {
  const pattern = /\[([:=.])(\^?)([^\]:=.]*)\1\]/y
  pattern.lastIndex = state.position
  const match = pattern.exec(state.source)
  if (!match) {
    warnUnfinishedPosix(state)
    return undefined
  }
  const [, kind = '', caret = '', name = ''] = match
  if (kind !== ':') {
    state.fail(`POSIX syntax [${kind} ${kind}] is reserved for future extensions`, pattern.lastIndex)
  }
  if (!/^\w*$/.test(name)) return undefined
  const find = state.flags.ignoreCase ? caselessPosixClass : posixClass
  const bytes = find(name, state.rules)
  if (!bytes) state.fail(`POSIX class [:${caret}${name}:] unknown`, pattern.lastIndex)
  state.position = pattern.lastIndex
  return caret === '' ? bytes : complement(bytes)
}

/** `[[:alpha]]` and `[[:alpha:x]`: Perl warns and reads a plain class. */
function warnUnfinishedPosix(state: ParseState): void {
  const pattern = /\[:\^?([a-z]+)(:?)/y
  pattern.lastIndex = state.position
  const [, name = '', colon = ''] = pattern.exec(state.source) ?? []
  if (!posixClass(name, 'bytes')) return
  const missing = colon === '' ? ':' : ']'
  if (colon === '' && state.source.charAt(pattern.lastIndex) !== ']') return
  state.warn(`Assuming NOT a POSIX class since there is no terminating '${missing}'`, pattern.lastIndex)
}

/** `[:alpha:]` where a class was meant to be inside brackets: Perl warns and reads a plain class. */
function warnMisplacedPosix(state: ParseState, start: number): void {
  const pattern = /\[([:=.])\^?(\w*)\1\]/y
  pattern.lastIndex = start
  const match = pattern.exec(state.source)
  const [, kind = '', name = ''] = match ?? []
  if (!match || (kind === ':' && !posixClass(name, 'bytes'))) return
  const extra = kind === ':' ? '' : " (but this one isn't implemented)"
  state.warn(`POSIX syntax [${kind} ${kind}] belongs inside character classes${extra}`, pattern.lastIndex)
}

/** The set a literal code point stands for under the modifiers in force. */
export function literalSet(state: ParseState, code: number): ByteSet {
  if (code > lastByte) state.needsUnicode = true
  if (!state.flags.ignoreCase) return single(code)
  if (code > lastByte) state.refuse('a character above 255 with the i modifier')
  if (state.rules === 'unicode' && code === 0xdf) {
    state.refuse('the letter \\xdf with the i modifier under Unicode rules')
  }
  return foldCase(single(code), state.rules)
}
