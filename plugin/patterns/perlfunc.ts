import type { Core } from '../core.ts'
import type { PerlMatch } from '../perl/host.ts'
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
      const match: MatchVariables = {
        ...variables,
        ...commonVariables(core.buffers.text(lines), lines, core)
      }
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
  const code = core.perl?.compile(source, which)
  // Faulty code was refused when it was loaded.
  if (core.perl === undefined || code === undefined || !code.ok) return FAILED
  const last = core.buffers.lastLines(lines)
  const outcome = core.perl.match(code.value, { arguments: [...last.lines, ...last.sources] }, isKept)
  if (outcome.ok) return outcome.value
  core.host.log(2, `${negated ? 'NPerlFunc' : 'PerlFunc'} pattern runtime error: ${outcome.error}`)
  return FAILED
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
