import { compileCached } from './cached.ts'
import type { PatternDefinition, PatternTypeName } from './definition.ts'
import type { CompiledPattern } from './pattern.ts'
import { compilePerlFunc } from './perlfunc.ts'
import { compileRecord } from './record.ts'
import { compileRegExp } from './regexp.ts'
import { compileSubStr } from './substr.ts'
import { compileTValue } from './tvalue.ts'

/** Every pattern type. */
const patternTypes: Record<
  PatternTypeName,
  (definition: PatternDefinition, isCached: boolean) => CompiledPattern
> = {
  SubStr: compileSubStr,
  RegExp: compileRegExp,
  PerlFunc: compilePerlFunc,
  Cached: compileCached,
  Record: compileRecord,
  TValue: compileTValue
}

/** `isCached`: its matches go into the pattern match cache. */
export function compilePattern(definition: PatternDefinition, isCached: boolean = false): CompiledPattern {
  return patternTypes[definition.type](definition, isCached)
}
