import type { PatternDefinition } from './definition.ts'
import { setOwnValue } from './match-variables.ts'
import { type CompiledPattern, commonVariables } from './pattern.ts'
import { compilePerlRegExp, type PerlRegExp } from './perl-regexp/index.ts'

/** RegExp and NRegExp. A source that can't be compiled, which the parser refuses, never matches. */
export function compileRegExp(definition: PatternDefinition): CompiledPattern {
  const result = compilePerlRegExp(definition.source)
  const { negated, lines } = definition
  if (!result.ok) return { setsVariables: true, match: () => undefined }
  const { regexp } = result
  if (negated) {
    return {
      setsVariables: true,
      match: core => {
        const text = core.buffers.text(lines)
        return regexp.exec(text) === undefined ? commonVariables(text, lines, core) : undefined
      }
    }
  }
  return {
    setsVariables: true,
    match: core => {
      const text = core.buffers.text(lines)
      const captures = regexp.exec(text)
      if (captures === undefined) return undefined
      const variables = commonVariables(text, lines, core)
      addCaptures(variables, captures, regexp)
      return variables
    }
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
