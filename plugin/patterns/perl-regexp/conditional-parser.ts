import { type ConditionalNode, emptyNode, failNode, type Node } from './ast.ts'
import { scanName } from './backreference-parser.ts'
import { parseLook, parseNamedCapture, refuseEnd } from './group-parser.ts'
import { isDigit, type ParseState } from './parse-state.ts'
import { parseBranch } from './parser.ts'
import { parseVerb } from './verb-parser.ts'

/** Reads `(?(condition)yes|no)` from after the second parenthesis. */
export function parseConditional(state: ParseState): Node {
  const condition = parseCondition(state)
  const yes = parseBranch(state)
  let no: Node = emptyNode
  let char = state.peek()
  if (!state.atEnd) state.next()
  if (char === '|') {
    if (condition.type === 'define') state.fail('(?(DEFINE)....) does not allow branches')
    no = parseBranch(state)
    char = state.peek()
    if (!state.atEnd) state.next()
  }
  if (char !== ')') {
    if (state.atEnd) state.fail('Switch (?(condition)... not terminated')
    state.fail('Switch (?(condition)... contains too many branches')
  }
  return { type: 'conditional', condition, yes, no }
}

type Condition = ConditionalNode['condition']

function parseCondition(state: ParseState): Condition {
  const char = state.peek()
  if (char === '?' && '=!<{'.includes(state.peek(1)) && state.peek(1) !== '') return parseLookCondition(state)
  if (
    /^\*(?:p|n|positive_|negative_)(?:l[ab]|look(?:ahead|behind)):/.test(state.source.slice(state.position))
  ) {
    const look = parseVerb(state, state.position, false)
    if (look?.type === 'look') return look
  }
  let condition: Condition
  if (char === '<' || char === "'") condition = parseNameCondition(state, char)
  else if (state.startsWith('DEFINE')) {
    state.position += 6
    condition = { type: 'define' }
  } else if (char === 'R') condition = parseRecursingCondition(state)
  else if (char >= '1' && char <= '9') condition = { type: 'set', groups: [parseNumber(state)] }
  else return state.fail('Unknown switch condition (?(...))', state.position + 1)
  if (state.peek() !== ')') state.fail('Switch condition not recognized', state.position + 1)
  state.next()
  return condition
}

function parseLookCondition(state: ParseState): Condition {
  const open = state.position
  if (state.peek(1) === '{') state.failUnmarked("Eval-group not allowed at runtime, use re 'eval'")
  const behind = state.peek(1) === '<'
  const kind = state.peek(behind ? 2 : 1)
  if (kind !== '=' && kind !== '!') {
    state.refuse('a capture as a condition')
    state.position += 2
    parseNamedCapture(state, open, '<', '>')
    return { type: 'define' }
  }
  state.position += behind ? 2 : 1
  state.next()
  refuseEnd(state, `(?${behind ? '<' : ''}${kind}`)
  if (!behind && kind === '!' && state.peek() === ')') {
    state.next()
    return { type: 'look', behind: false, negative: false, body: failNode }
  }
  const look = parseLook(state, open, behind, kind === '!')
  return look.type === 'look' ? look : state.fail('Unknown switch condition (?(...))')
}

function parseNameCondition(state: ParseState, opener: string): Condition {
  state.position++
  const name = scanName(state)
  if (name !== '') state.expectName(name, state.position)
  if (name === '' || state.peek() !== (opener === '<' ? '>' : "'")) {
    state.fail(`Sequence (?(${opener}... not terminated`)
  }
  state.position++
  return { type: 'set', groups: state.numbersOf(name) }
}

function parseRecursingCondition(state: ParseState): Condition {
  state.position++
  if (state.peek() === '&') {
    state.position++
    const name = scanName(state)
    if (name !== '') state.expectName(name, state.position)
    return { type: 'recursing', groups: state.numbersOf(name) }
  }
  if (state.peek() === '0') {
    state.position++
    return { type: 'recursing', groups: [0] }
  }
  return { type: 'recursing', groups: isDigit(state.peek()) ? [parseNumber(state)] : undefined }
}

function parseNumber(state: ParseState): number {
  const start = state.position
  while (isDigit(state.peek())) state.position++
  return Number(state.source.slice(start, state.position))
}
