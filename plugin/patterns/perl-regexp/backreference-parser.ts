import type { Node } from './ast.ts'
import { isDigit, isWordCharacter, type ParseState } from './parse-state.ts'

const beyondAnyGroup = 0x7fffffff

/**
 * Reads `\1`, `\g1`, `\g{-1}`, `\g{name}`; the position is at the `g` or the digit. Undefined where it is no
 * reference: another letter, or digits that Perl takes for an octal number.
 * @param start position of the backslash
 */
export function parseBackreference(state: ParseState, start: number): Node | undefined {
  const letter = state.peek()
  if (letter === 'g') return parseG(state, start)
  if (letter < '1' || letter > '9' || letter.length !== 1) return undefined
  const group = numberAt(state)
  if (group > 9 && group > state.groupCount && letter < '8') return undefined
  while (isDigit(state.peek())) state.position++
  return reference(state, group)
}

function parseG(state: ParseState, start: number): Node {
  const braced = state.peek(1) === '{'
  let position = state.position + 1
  let end = -1
  if (braced) {
    position++
    end = state.source.indexOf('}', position)
    if (end < 0) {
      while (' \t'.includes(state.source.charAt(position)) && position < state.source.length) position++
      if (state.source.charAt(position) === '-') position++
      while (isDigit(state.source.charAt(position))) position++
      const shown = state.source.slice(start, start + 3)
      if (position === start + 3) state.fail(`Sequence ${shown}... not terminated`, position)
      state.fail('Unterminated \\g{...} pattern', position)
    }
    while (' \t'.includes(state.source.charAt(position))) position++
  }
  const relative = state.source.charAt(position) === '-'
  if (relative) position++
  if (braced && !isDigit(state.source.charAt(position))) return parseNamedBackreference(state, start)
  state.position = position
  if (!isDigit(state.peek())) state.fail('Unterminated \\g... pattern')
  const number = numberAt(state)
  if (number === 0) state.fail('Reference to invalid group 0')
  if (number >= beyondAnyGroup) state.fail('Reference to nonexistent group')
  const group = relative ? state.groupCount + 1 - number : number
  if (group < 1) state.fail('Reference to nonexistent or unclosed group')
  while (isDigit(state.peek())) state.position++
  if (braced) {
    state.skipBlanks()
    if (state.position !== end) state.fail('Unterminated \\g{...} pattern')
    state.position++
  }
  return reference(state, group)
}

function numberAt(state: ParseState): number {
  let digits = ''
  for (let offset = 0; isDigit(state.peek(offset)); offset++) digits += state.peek(offset)
  return Math.min(Number(digits), beyondAnyGroup)
}

function reference(state: ParseState, group: number): Node {
  state.expectGroup(group, state.position)
  state.skipIgnored()
  return { type: 'backreference', groups: [group], fold: state.flags.ignoreCase ? state.rules : undefined }
}

const closers: Readonly<Record<string, string>> = { '<': '>', "'": "'", '{': '}' }

/** Reads `\k<name>`, `\k'name'`, `\k{name}` and `\g{name}` from the letter. */
export function parseNamedBackreference(state: ParseState, start: number): Node {
  const opener = state.peek(1)
  const closer = Object.hasOwn(closers, opener) ? closers[opener] : undefined
  if (closer === undefined || state.position >= state.source.length - 1) {
    const shown = state.source.slice(start, start + 2)
    state.fail(`Sequence ${shown}... not terminated`, state.position + 1)
  }
  state.position += 2
  if (closer === '}') state.skipBlanks()
  return parseReferenceName(state, closer, state.source.slice(start, start + 3))
}

/** Reads `name` and `closer` of a reference by name. */
export function parseReferenceName(state: ParseState, closer: string, shown: string): Node {
  const nameStart = state.position
  const name = scanName(state)
  if (name !== '') state.expectName(name, state.position)
  if (name !== '' && closer === '}') state.skipBlanks()
  if (state.position === nameStart || state.peek() !== closer)
    state.fail(`Sequence ${shown}... not terminated`)
  state.next()
  const groups = state.numbersOf(name)
  return { type: 'backreference', groups, fold: state.flags.ignoreCase ? state.rules : undefined }
}

/** Reads a group name; '' at the end of the pattern. */
export function scanName(state: ParseState): string {
  if (state.atEnd) return ''
  if (!isWordCharacter(state.peek()) || isDigit(state.peek())) {
    state.fail('Group name must start with a non-digit word character', state.position + 1)
  }
  const start = state.position
  while (isWordCharacter(state.peek())) state.position++
  return state.source.slice(start, state.position)
}
