import type { AssertionNode, Node } from './ast.ts'
import { parseBackreference, parseNamedBackreference } from './backreference-parser.ts'
import { literalSet, parseBracketClass } from './bracket-class.ts'
import { fullSet } from './byte-set.ts'
import { escapeClass, posixClass } from './character-tables.ts'
import { parseCharacterEscape, parseNamedCharacter, readBraces } from './escapes.ts'
import { parseGroup } from './group-parser.ts'
import { isAlpha, isWordCharacter, type ParseState } from './parse-state.ts'
import { parseProperty } from './unicode-properties.ts'

/** Reads one thing a quantifier can follow; undefined for `(?i)` before the end of its group. */
export function parseAtom(state: ParseState): Node | undefined {
  for (;;) {
    const char = state.peek()
    if (char !== '(') return parseSimpleAtom(state, char)
    const node = parseGroup(state)
    if (node) return node
    // Modifiers alone: what follows is read as if they weren't there.
    if (state.atEnd || state.peek() === '|' || state.peek() === ')') return undefined
  }
}

function parseSimpleAtom(state: ParseState, char: string): Node {
  switch (char) {
    case '^':
      state.next()
      return { type: 'assertion', at: state.flags.multiLine ? 'lineStart' : 'textStart' }
    case '$':
      state.next()
      return { type: 'assertion', at: state.flags.multiLine ? 'lineEnd' : 'lastLineEnd' }
    case '.': {
      const bytes = state.flags.dotAll ? fullSet : (escapeClass('N', state.rules) ?? fullSet)
      state.next()
      return { type: 'set', bytes }
    }
    case '[': {
      state.position++
      const bytes = parseBracketClass(state)
      state.skipIgnored()
      return { type: 'set', bytes }
    }
    case '?':
    case '+':
    case '*':
      return state.fail('Quantifier follows nothing', state.position + 1)
    case '\\':
      return parseEscape(state)
    default:
      return parseLiteral(state, char)
  }
}

function parseLiteral(state: ParseState, char: string): Node {
  const { source, position } = state
  if (char === '{' && isAlpha(source.charAt(position - 1)) && source.charAt(position - 2) === '\\') {
    state.fail('Unescaped left brace in regex is illegal here', position + 1)
  }
  state.next()
  return literalNode(state, char.charCodeAt(0))
}

function literalNode(state: ParseState, code: number): Node {
  const bytes = literalSet(state, code)
  if (state.flags.ignoreCase && state.rules === 'unicode' && isLetterS(code)) {
    refuseDoubleS(state)
  }
  return { type: 'set', bytes }
}

function isLetterS(code: number): boolean {
  return code === 0x53 || code === 0x73
}

/** Under Unicode rules `ss` matches the one byte \xdf. */
function refuseDoubleS(state: ParseState): void {
  const next = state.peek()
  if (next === 's' || next === 'S' || next === '\\') {
    state.refuse('"ss" with the i modifier under Unicode rules')
  }
}

const assertions: Readonly<Record<string, AssertionNode['at']>> = {
  A: 'textStart',
  G: 'textStart',
  Z: 'lastLineEnd',
  z: 'textEnd'
}

function parseEscape(state: ParseState): Node {
  const start = state.position
  const letter = state.peek(1)
  if (letter === '') state.failUnmarked('Trailing \\')
  state.position++
  const at = Object.hasOwn(assertions, letter) ? assertions[letter] : undefined
  if (at) {
    state.next()
    return { type: 'assertion', at }
  }
  switch (letter) {
    case 'b':
    case 'B':
      return parseBoundary(state)
    case 'C':
      return state.fail('\\C no longer supported')
    case 'K':
      if (state.lookDepth > 0) state.fail('\\K not permitted in lookahead/lookbehind', state.position + 1)
      state.next()
      return { type: 'keep' }
    case 'X':
      state.next()
      return { type: 'cluster' }
    case 'R':
      state.next()
      return { type: 'lineBreak' }
    case 'N':
      return parseN(state)
    case 'p':
    case 'P': {
      const bytes = parseProperty(state)
      state.skipIgnored()
      return { type: 'set', bytes }
    }
    case 'k':
      return parseNamedBackreference(state, start)
  }
  const bytes = escapeClass(letter, state.rules)
  if (bytes) {
    state.next()
    return { type: 'set', bytes }
  }
  return parseBackreference(state, start) ?? parseEscapedLiteral(state, letter)
}

function parseEscapedLiteral(state: ParseState, letter: string): Node {
  const code = parseCharacterEscape(state)
  if (code !== undefined) {
    state.skipIgnored()
    return literalNode(state, code)
  }
  if (isWordCharacter(letter) && letter !== '_' && !(isAlpha(letter) && state.peek(1) === '{')) {
    state.warn(`Unrecognized escape \\${letter} passed through`, state.position + 1)
  }
  state.next()
  return literalNode(state, letter.charCodeAt(0))
}

function parseBoundary(state: ParseState): Node {
  const letter = state.peek()
  if (state.peek(1) === '{') {
    const end = state.source.indexOf('}', state.position)
    if (end < 0) state.fail(`Missing right brace on \\${letter}{}`, state.position + 2)
    const text = state.source.slice(state.position + 2, end)
    const name = text.trim()
    if (name === '') state.fail(`Empty \\${letter}{}`, end + 1)
    if (!/^(?:g|gcb|lb|sb|wb)$/.test(name))
      state.fail(`'${name}' is an unknown bound type`, end - text.length + text.trimEnd().length)
    state.refuse(`the boundary \\${letter}{${name}}`)
    state.position = end
  }
  const word = posixClass('word', state.rules)
  state.next()
  return { type: 'assertion', at: letter === 'b' ? 'boundary' : 'notBoundary', ...(word && { word }) }
}

function parseN(state: ParseState): Node {
  state.position++
  if (state.peek() !== '{' || readBraces(state)) {
    state.skipIgnored()
    return { type: 'set', bytes: escapeClass('N', state.rules) ?? fullSet }
  }
  const codes = parseNamedCharacter(state)
  state.skipIgnored()
  const items = codes.map(code => literalNode(state, code))
  return items.length === 1 && items[0] ? items[0] : { type: 'sequence', items }
}
