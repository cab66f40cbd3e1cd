import type { PatternDefinition } from './definition.ts'
import type { CompiledPattern } from './pattern.ts'

/** TValue: matches every line or none. */
export function compileTValue({ source }: PatternDefinition): CompiledPattern {
  const match = source === 'TRUE' ? true : undefined
  return { setsVariables: false, match: () => match }
}
