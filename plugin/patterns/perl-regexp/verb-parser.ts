import { failNode, type Node } from './ast.ts'
import { parseBody, parseLook } from './group-parser.ts'
import type { ParseState } from './parse-state.ts'

const looks: Readonly<Record<string, { behind: boolean; negative: boolean }>> = {
  pla: { behind: false, negative: false },
  positive_lookahead: { behind: false, negative: false },
  plb: { behind: true, negative: false },
  positive_lookbehind: { behind: true, negative: false },
  nla: { behind: false, negative: true },
  negative_lookahead: { behind: false, negative: true },
  nlb: { behind: true, negative: true },
  negative_lookbehind: { behind: true, negative: true }
}
const scriptRuns = ['sr', 'script_run', 'asr', 'atomic_script_run']
const verbs = ['ACCEPT', 'COMMIT', 'F', 'FAIL', '', 'MARK', 'PRUNE', 'SKIP', 'THEN']

/** Reads `(*VERB)` or `(*pla:…)` from the star. */
export function parseVerb(state: ParseState, open: number, spaced: boolean): Node | undefined {
  const nameStart = state.position + 1
  if (spaced) {
    const upper = /[A-Z]/.test(state.source.charAt(nameStart))
    state.fail(
      `In '(*${upper ? 'VERB' : ''}...${upper ? '' : ''})', the '(' and '*' must be adjacent`,
      nameStart
    )
  }
  let end = nameStart
  while (end < state.source.length && !'):'.includes(state.source.charAt(end))) end++
  const name = state.source.slice(nameStart, end)
  const upper = /[A-Z]/.test(name)
  const hasArgument = state.source.charAt(end) === ':'
  const close = state.source.indexOf(')', end)
  if (close < 0) failUnterminated(state, upper, hasArgument)
  if (hasArgument) {
    const look = Object.hasOwn(looks, name) ? looks[name] : undefined
    state.position = end
    if (look) {
      state.next()
      return look.negative && !look.behind && state.peek() === ')'
        ? failNow(state)
        : parseLook(state, open, look.behind, look.negative)
    }
    if (name === 'atomic') {
      state.next()
      return { type: 'atomic', body: parseBody(state, open) }
    }
    if (scriptRuns.includes(name)) {
      state.refuse(`a script run (*${name}:…)`)
      state.next()
      return parseBody(state, open)
    }
  }
  if (!verbs.includes(name) || (name === '' && !hasArgument)) {
    const kind = upper || name === '' ? 'verb pattern' : "'(*...)' construct"
    state.fail(`Unknown ${kind} '${name}'`, close + 1)
  }
  if (name === 'MARK' && !hasArgument) state.fail("Verb pattern 'MARK' has a mandatory argument", close + 1)
  state.position = close
  state.next()
  if (name === 'F' || name === 'FAIL') return failNode
  return { type: 'verb', name }
}

function failNow(state: ParseState): Node {
  state.next()
  return failNode
}

function failUnterminated(state: ParseState, upper: boolean, hasArgument: boolean): never {
  const what = upper ? 'verb pattern' : "'(*..."
  if (hasArgument)
    return state.fail(`Unterminated ${upper ? what : `${what}'`} argument`, state.source.length)
  return state.fail(`Unterminated ${upper ? what : `${what}' construct`}`, state.source.length)
}
