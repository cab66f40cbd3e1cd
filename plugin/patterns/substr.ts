import type { PatternDefinition } from './definition.ts'
import type { CompiledPattern } from './pattern.ts'

/** SubStr and NSubStr: the source is searched in the text. They set no match variables. */
export function compileSubStr({ source, lines, negated }: PatternDefinition): CompiledPattern {
  return {
    setsVariables: false,
    required: negated || lines > 1 ? undefined : [{ anyOf: [source], ignoreCase: false }],
    match: core => (core.buffers.text(lines).includes(source) === negated ? undefined : true)
  }
}
