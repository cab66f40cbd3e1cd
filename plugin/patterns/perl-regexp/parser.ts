import { failNode, groupsIn, type Node, type ParsedPattern } from './ast.ts'
import { parseAtom } from './atom-parser.ts'
import { atQuantifier, readBraces } from './escapes.ts'
import { UnsupportedConstructError } from './diagnostics.ts'
import { ParseState } from './parse-state.ts'
import { checkLookbehinds, hasWidth, widthOf } from './widths.ts'

/** Perl's limit for a count; above it a pattern is refused. */
const maxCount = 65534

/**
 * Parses Perl 5.36 syntax as `qr/$pattern/` does at run time.
 * @throws {PerlSyntaxError} where Perl dies; {UnsupportedConstructError} for what the tree can't hold exactly.
 */
export function parsePattern(source: string): ParsedPattern {
  const first = parseWhole(source, false)
  // Perl starts anew too, when something asks for Unicode rules.
  const parsed = first.needsUnicode ? parseWhole(source, true) : first
  if (parsed.unsupported !== undefined) throw new UnsupportedConstructError(parsed.unsupported)
  return parsed
}

interface Parsed extends ParsedPattern {
  readonly needsUnicode: boolean
  readonly unsupported: string | undefined
}

function parseWhole(source: string, unicode: boolean): Parsed {
  const state = new ParseState(source, unicode)
  const root = parseBranches(state)
  if (!state.atEnd) state.fail('Unmatched )', state.position + 1)
  state.checkReferences()
  checkLookbehinds(root, state)
  const { groupCount, groupNames, needsUnicode, unsupported } = state
  return {
    source,
    root,
    groupCount,
    groupNames,
    warnings: state.allWarnings(root.type !== 'alternation'),
    needsUnicode,
    unsupported
  }
}

/**
 * Reads alternatives up to a closing parenthesis or the end.
 * @param resetGroups each branch numbers its groups from the same start (`(?|…)`)
 */
export function parseBranches(state: ParseState, resetGroups = false): Node {
  const firstGroup = state.groupCount
  let lastGroup = firstGroup
  const branches = [parseBranch(state)]
  while (state.peek() === '|') {
    state.next()
    lastGroup = Math.max(lastGroup, state.groupCount)
    if (resetGroups) state.groupCount = firstGroup
    branches.push(parseBranch(state))
  }
  state.groupCount = Math.max(lastGroup, state.groupCount)
  return branches.length === 1 && branches[0] ? branches[0] : { type: 'alternation', branches }
}

export function parseBranch(state: ParseState): Node {
  const items: Node[] = []
  state.skipIgnored()
  while (!state.atEnd && state.peek() !== '|' && state.peek() !== ')') {
    const piece = parsePiece(state)
    if (piece) items.push(piece)
  }
  return items.length === 1 && items[0] ? items[0] : { type: 'sequence', items }
}

/** An atom with its quantifier; undefined where only modifiers changed. */
function parsePiece(state: ParseState): Node | undefined {
  const start = state.position
  const lastClosed = state.lastClosed
  const body = parseAtom(state)
  if (!body) return undefined
  const isLineStart = body.type === 'assertion' && (body.at === 'textStart' || body.at === 'lineStart')
  if (state.peek() === '{' && !isLineStart && !atQuantifier(state)) {
    state.warn('Unescaped left brace in regex is passed through', state.position + 1)
  }
  const range = parseRange(state)
  if (!range) return body
  const { min, max } = range
  const text = state.source.slice(start, state.position)
  if (max > maxCount / 3 && max >= min && !hasWidth(body)) {
    if (text.startsWith('\\K')) state.fail(`${text} is forbidden - matches null string many times`)
    state.warn(`${text} matches null string many times`)
  }
  const shows = state.nesting === 0 && groupsIn(body).size === 0 && (max <= maxCount || !state.atEnd)
  if (min > 0 && max >= min && shows && widthOf(body).max === 0) {
    state.warnLater('Quantifier unexpected on zero-length expression')
  }
  if (body.type === 'fail' && min > 0) state.refuse('a repeated (?!), which Perl skips')
  let node: Node = quantified(body, min, max, false, lastClosed)
  // After a count that can't match Perl looks for nothing more.
  if (max < min) return node
  if (state.peek() === '?') {
    if (min === max) state.warn("Useless use of greediness modifier '?'", state.position + 1)
    state.next()
    node = quantified(body, min, max, true, lastClosed)
  } else if (state.peek() === '+') {
    state.next()
    node = { type: 'atomic', body: node }
  }
  if (atQuantifier(state)) state.fail('Nested quantifiers', state.position + 1)
  return node
}

function quantified(body: Node, min: number, max: number, lazy: boolean, lastClosed: number): Node {
  if (max < min)
    return {
      type: 'sequence',
      items: [failNode, { type: 'quantifier', min: 0, max: 0, lazy, body, lastClosed }]
    }
  if (min === 1 && max === 1) return body
  // Perl repeats what takes no text once at most.
  if (widthOf(body).max === 0)
    return { type: 'quantifier', min: Math.min(min, 1), max: Math.min(max, 1), lazy, body, lastClosed }
  return { type: 'quantifier', min, max, lazy, body, lastClosed }
}

function parseRange(state: ParseState): { min: number; max: number } | undefined {
  switch (state.peek()) {
    case '*':
      state.next()
      return { min: 0, max: Number.POSITIVE_INFINITY }
    case '+':
      state.next()
      return { min: 1, max: Number.POSITIVE_INFINITY }
    case '?':
      state.next()
      return { min: 0, max: 1 }
    case '{':
      return parseCounts(state)
    default:
      return undefined
  }
}

function parseCounts(state: ParseState): { min: number; max: number } | undefined {
  const braces = readBraces(state)
  if (!braces) return undefined
  const count = (digits: string): number => {
    const value = Number(digits)
    if (value > maxCount) {
      const end = state.source.indexOf(digits, state.position) + digits.length
      state.fail(`Quantifier in {,} bigger than ${maxCount}`, end)
    }
    return value
  }
  const min = braces.min === '' ? 0 : count(braces.min)
  const open = braces.max === '' ? Number.POSITIVE_INFINITY : count(braces.max)
  const max = braces.comma ? open : min
  state.position = braces.end - 1
  state.next()
  if (max < min) state.warn("Quantifier {n,m} with n > m can't match")
  return { min, max }
}
