import { failNode, type Node } from './ast.ts'
import { parseReferenceName, scanName } from './backreference-parser.ts'
import { parseConditional } from './conditional-parser.ts'
import { UnsupportedConstructError } from './diagnostics.ts'
import { parseModifiers } from './modifiers.ts'
import { isDigit, type ParseState } from './parse-state.ts'
import { parseBranches } from './parser.ts'
import { parseVerb } from './verb-parser.ts'

/** Perl's limit; it also keeps recursion over the tree shallow. */
const maxNesting = 1000

/** Reads a parenthesis and what it holds; undefined for modifiers alone, `(?i)`. */
export function parseGroup(state: ParseState): Node | undefined {
  const outerFlags = state.flags
  state.next()
  const spaced = state.source.charAt(state.position - 1) !== '('
  const open = state.position
  if (++state.nesting > maxNesting) state.fail('Too many nested open parens')
  try {
    if (state.peek() === '*') return parseVerb(state, open, spaced)
    if (state.peek() !== '?') {
      if (outerFlags.noCapture) return parseBody(state, open)
      return parseCapture(state, open)
    }
    if (spaced) state.fail("In '(?...)', the '(' and '?' must be adjacent", state.position + 1)
    return parseQuestion(state, open)
  } finally {
    state.nesting--
  }
}

/** Reads alternatives and the closing parenthesis; modifiers end with the group. */
export function parseBody(state: ParseState, open: number, resetGroups = false, outer = state.flags): Node {
  const body = parseBranches(state, resetGroups)
  state.flags = outer
  if (state.peek() !== ')') state.fail('Unmatched (', open)
  state.next()
  return body
}

function parseCapture(state: ParseState, open: number): Node {
  return captureGroup(state, open, ++state.groupCount)
}

function captureGroup(state: ParseState, open: number, group: number): Node {
  const body = parseBody(state, open)
  state.lastClosed = group
  return { type: 'capture', group, body }
}

/** Reads the body of a lookaround. */
export function parseLook(state: ParseState, open: number, behind: boolean, negative: boolean): Node {
  state.lookDepth++
  const body = parseBody(state, open)
  state.lookDepth--
  return { type: 'look', behind, negative, body }
}

function parseQuestion(state: ParseState, open: number): Node | undefined {
  const question = state.position
  const letter = state.peek(1)
  state.position += 2
  switch (letter) {
    case '':
      return state.fail('Sequence (? incomplete', question + 1)
    case 'P':
      return parsePythonForm(state, open, question)
    case '<':
      if (state.peek() === '=' || state.peek() === '!') {
        const negative = state.peek() === '!'
        state.next()
        refuseEnd(state, negative ? '(?<!' : '(?<=')
        return parseLook(state, open, true, negative)
      }
      return parseNamedCapture(state, open, '<', '>')
    case "'":
      return parseNamedCapture(state, open, "'", "'")
    case '=':
      state.skipIgnored()
      refuseEnd(state, '(?=')
      return parseLook(state, open, false, false)
    case '!':
      state.skipIgnored()
      refuseEnd(state, '(?!')
      if (state.peek() === ')') {
        state.next()
        return failNode
      }
      return parseLook(state, open, false, true)
    case '|':
      return parseBody(state, open, true)
    case ':':
      return parseBody(state, open)
    case '>':
      return { type: 'atomic', body: parseBody(state, open) }
    case '$':
    case '@':
      return state.fail(`Sequence (?${letter}...) not implemented`)
    case '?':
      if (state.peek() !== '{') {
        const end = Math.min(state.position + 1, state.source.length)
        state.fail(`Sequence (${state.source.slice(question, end)}...) not recognized`, end)
      }
      return state.failUnmarked("Eval-group not allowed at runtime, use re 'eval'")
    case '{':
      return state.failUnmarked("Eval-group not allowed at runtime, use re 'eval'")
    case '(':
      return parseConditional(state)
    case '[':
      throw new UnsupportedConstructError('an extended class (?[ ])')
    default:
      return parseRecursion(state, question, letter) ?? parseModifierGroup(state, open, question)
  }
}

export function refuseEnd(state: ParseState, opener: string): void {
  if (state.atEnd) state.fail(`Sequence ${opener}... not terminated`)
}

function parseModifierGroup(state: ParseState, open: number, question: number): Node | undefined {
  const outer = state.flags
  state.position = question + 1
  parseModifiers(state, question)
  if (state.peek() !== ':') {
    if (!state.atEnd) state.next()
    return undefined
  }
  state.next()
  return parseBody(state, open, false, outer)
}

function parsePythonForm(state: ParseState, open: number, question: number): Node {
  const letter = state.peek()
  if (letter === '<') {
    state.position++
    if (state.atEnd) state.fail('Sequence (?P<... not terminated')
    return parseNamedCapture(state, open, '<', '>')
  }
  if (letter === '>') {
    state.position++
    if (state.atEnd) state.fail('Sequence (?P>... not terminated')
    return parseNamedRecursion(state)
  }
  if (letter === '=') {
    state.position++
    return parseReferenceName(state, ')', state.source.slice(question - 1, question + 2))
  }
  if (!state.atEnd) state.position++
  return state.fail(`Sequence (${state.source.slice(question, state.position)}...) not recognized`)
}

/** Reads a named group from its name on. */
export function parseNamedCapture(state: ParseState, open: number, opener: string, closer: string): Node {
  const name = scanName(state)
  if (name === '' || state.peek() !== closer) state.fail(`Sequence (?${opener}... not terminated`)
  const group = ++state.groupCount
  state.nameGroup(name, group)
  state.next()
  return captureGroup(state, open, group)
}

function parseNamedRecursion(state: ParseState): Node {
  const name = scanName(state)
  if (name !== '') state.expectName(name, state.position)
  if (name === '' || state.peek() !== ')') state.fail('Sequence (?&... not terminated')
  state.next()
  return { type: 'recursion', groups: state.numbersOf(name) }
}

/** Reads `(?R) (?0) (?1) (?-1) (?+1) (?&name)`; undefined where modifiers follow. */
function parseRecursion(state: ParseState, question: number, letter: string): Node | undefined {
  if (letter === '&') return parseNamedRecursion(state)
  if (letter === 'R' || letter === '0') {
    if (state.peek() !== ')') state.failUnmarked('Sequence (?R) not terminated')
    state.next()
    return { type: 'recursion', groups: [0] }
  }
  const signed = letter === '+' || letter === '-'
  if (signed && !(state.peek() >= '1' && state.peek() <= '9')) {
    if (letter === '-') return undefined
    state.fail('Illegal pattern', state.position + 1)
  }
  if (!signed && !isDigit(letter)) return undefined
  const start = signed ? state.position : question + 1
  state.position = start
  while (isDigit(state.peek())) state.position++
  const number = Number(state.source.slice(start, state.position))
  if (number > 0x7fffffff) state.fail('Invalid reference to group')
  if (state.peek() !== ')') state.fail('Expecting close bracket')
  let group = number
  if (letter === '-') group = state.groupCount + 1 - number
  if (letter === '+') group = state.groupCount + number
  if (group < 1) state.fail('Reference to nonexistent group', state.position + 1)
  state.expectGroup(group, state.position + 1)
  state.next()
  return { type: 'recursion', groups: [group] }
}
