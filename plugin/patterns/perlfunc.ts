import type { CompiledPattern } from './pattern.ts'
import type { PatternDefinition } from './definition.ts'

/** PerlFunc and NPerlFunc need a Perl, which there is none yet: such a pattern never matches and says so. */
export function compilePerlFunc({ negated }: PatternDefinition): CompiledPattern {
  const construct = `pattern type "${negated ? 'N' : ''}PerlFunc" runs Perl`
  return {
    setsVariables: true,
    match: (core, rule) => {
      core.reportNotYet(rule.id, construct)
      return undefined
    }
  }
}
