import type { PatternDefinition } from './definition.ts'
import { ownValue } from '../own-value.ts'
import type { CompiledPattern } from './pattern.ts'

/** Cached and NCached: whether the pattern match cache has the entry. Cached brings back its match variables. */
export function compileCached({ source, negated }: PatternDefinition): CompiledPattern {
  if (negated) {
    return {
      setsVariables: false,
      match: core => (Object.hasOwn(core.cache, source) ? undefined : true)
    }
  }
  return { setsVariables: true, match: core => ownValue(core.cache, source) }
}
