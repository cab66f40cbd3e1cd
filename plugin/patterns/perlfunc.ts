import type { Core } from '../core.ts'
import type { PerlCall, PerlCode, PerlHost, PerlMatch } from '../perl/host.ts'
import { KeptHash } from '../perl/kept-hash.ts'
import { ASK_PERL } from '../perl/quick/quick-function.ts'
import type { PatternDefinition } from './definition.ts'
import type { MatchVariables } from './match-variables.ts'
import { type CompiledPattern, commonVariables } from './pattern.ts'

/**
 * PerlFunc and NPerlFunc: a function of the last lines and the names of their inputs. Where it fails, neither matches.
 * Source: SEC manual, "PerlFunc".
 */
export function compilePerlFunc(definition: PatternDefinition, isKept: boolean): CompiledPattern {
  const { negated, lines } = definition
  if (negated) {
    return {
      setsVariables: true,
      match(core) {
        const outcome = callPattern(definition, false, core)
        if (outcome === FAILED || outcome !== undefined) return undefined
        return commonVariables(core.buffers.text(lines), lines, core)
      }
    }
  }
  return {
    setsVariables: true,
    match(core) {
      const outcome = callPattern(definition, isKept, core)
      if (outcome === FAILED || outcome === undefined) return undefined
      const { variables, hash } = outcome
      const match: MatchVariables = Object.assign(
        variables,
        commonVariables(core.buffers.text(lines), lines, core)
      )
      if (hash !== undefined) core.perlEntries?.matched(match, hash)
      return match
    }
  }
}

const FAILED = Symbol('failed')

function callPattern(
  { source, which = 0, lines, negated }: PatternDefinition,
  isKept: boolean,
  core: Core
): PerlMatch | undefined | typeof FAILED {
  const { perl } = core
  const code = perl?.compile(source, which)
  // Faulty code was refused when it was loaded.
  if (perl === undefined || code?.ok !== true) return FAILED
  const last = core.buffers.lastLines(lines)
  const call = { arguments: [...last.lines, ...last.sources] }
  const { quick } = code.value
  if (quick !== undefined) {
    const variables = quick.match(call.arguments)
    if (variables === undefined) return undefined
    if (variables !== ASK_PERL) {
      return { variables, hash: isKept ? hashToBe(perl, code.value, call) : undefined }
    }
  }
  const outcome = perl.match(code.value, call, isKept)
  if (outcome.ok) return outcome.value
  core.host.log(2, `${negated ? 'NPerlFunc' : 'PerlFunc'} pattern runtime error: ${outcome.error}`)
  return FAILED
}

/** What the function has matched without Perl, as it returns it there: it has no effects, so it is called when that is wanted. */
function hashToBe(perl: PerlHost, code: PerlCode, call: PerlCall): KeptHash {
  return new KeptHash(() => {
    const outcome = perl.match(code, call, true)
    return outcome.ok ? outcome.value?.hash?.number : undefined
  })
}

/** Whether an event group's function returns what is true; `undefined`: it has failed. */
export function testEventGroup(
  { source, which = 0, negated }: PatternDefinition,
  text: string,
  events: readonly { readonly token: string; readonly time: number }[],
  { perl, host }: Core
): boolean | undefined {
  const code = perl?.compile(source, which)
  if (perl === undefined || code === undefined || !code.ok) return undefined
  const tokens = { list: events.map(({ token }) => token) }
  const times = { list: events.map(({ time }) => String(time)) }
  const outcome = perl.test(code.value, { arguments: [text, tokens, times] })
  if (outcome.ok) return outcome.value
  host.log(2, `${negated ? 'NPerlFunc' : 'PerlFunc'} pattern runtime error: ${outcome.error}`)
  return undefined
}
