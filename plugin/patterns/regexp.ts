import type { Core } from '../core.ts'
import type { Rule } from '../rules/rule.ts'
import type { PatternDefinition } from './definition.ts'
import { setOwnValue } from '../own-value.ts'
import { type CompiledPattern, commonVariables } from './pattern.ts'
import { compilePerlRegExp, type PerlRegExp } from './perl-regexp/index.ts'

/** RegExp and NRegExp. A source that can't be compiled, which the parser refuses, never matches. */
export function compileRegExp(definition: PatternDefinition): CompiledPattern {
  const result = compilePerlRegExp(definition.source)
  const { negated, lines } = definition
  if (!result.ok) return { setsVariables: true, match: () => undefined }
  const { regexp } = result
  const exec =
    regexp.slowReasons.length === 0 ? (text: string) => regexp.exec(text) : execReportingGiveUps(regexp)
  if (negated) {
    return {
      setsVariables: true,
      match: (core, rule) => {
        const text = core.buffers.text(lines)
        return exec(text, core, rule) === undefined ? commonVariables(text, lines, core) : undefined
      }
    }
  }
  return {
    setsVariables: true,
    required: lines === 1 ? regexp.required : undefined,
    match: (core, rule) => {
      const text = core.buffers.text(lines)
      const captures = exec(text, core, rule)
      if (captures === undefined) return undefined
      const variables = commonVariables(text, lines, core)
      addCaptures(variables, captures, regexp)
      return variables
    }
  }
}

/** The slow matcher has a budget of steps. A line that it gave up on is taken for no match, which must not go unsaid. */
function execReportingGiveUps(
  regexp: PerlRegExp
): (text: string, core: Core, rule: Rule) => (string | undefined)[] | undefined {
  return (text, core, rule) => {
    const before = regexp.abandoned
    const captures = regexp.exec(text)
    if (regexp.abandoned > before) {
      core.host.log(
        2,
        `Rule in ${rule.fileName} at line ${rule.definition.line}: gave up on matching '${regexp.source}' with a line of ${text.length} bytes, taken for no match (so far ${regexp.abandoned} times)`
      )
    }
    return captures
  }
}

function addCaptures(
  variables: Record<string, string | undefined>,
  captures: readonly (string | undefined)[],
  regexp: PerlRegExp
): void {
  // Perl's match in list context returns 1 if the expression has no groups.
  if (regexp.groupCount === 0) variables[1] = '1'
  for (let group = 1; group <= regexp.groupCount; group++) variables[group] = captures[group]
  for (const [name, groups] of regexp.groupNames) {
    const set = groups.find(group => captures[group] !== undefined)
    if (set !== undefined) setOwnValue(variables, name, captures[set])
  }
}
