import { ANYTHING, joinShapes, type Shape } from './shape.ts'

/** What the match variables of one binding may come out as. */
export interface Lookup {
  variable(name: string): Shape
  /** `$:{entry:name}` */
  entry(entry: string, name: string): Shape
}

/** What a rule's strings refer to, as `MatchBindings`. `action`: action list variables, where they are substituted. */
export interface Bindings {
  readonly dollar?: Lookup | undefined
  readonly percent?: Lookup | undefined
  readonly action?: ((name: string) => Shape) | undefined
}

const REFERENCE =
  /([$%])(?:\1|(\d+)|\{(\d+)\}|\+\{(\d+|[A-Za-z_][A-Za-z0-9_!]*)\}|:\{([A-Za-z][A-Za-z0-9_]*):(\d+|[A-Za-z_][A-Za-z0-9_!]*)\}|(\.?[A-Za-z][A-Za-z0-9_]*)|\{(\.?[A-Za-z][A-Za-z0-9_]*)\})/g

/** What a template comes out as. */
export function expand(template: string, bindings: Bindings): Shape {
  const shapes: Shape[] = []
  let end = 0
  for (const match of template.matchAll(REFERENCE)) {
    const [whole, sign, plain, braced, named, entry, entryName, word, bracedWord] = match
    shapes.push([template.slice(end, match.index)])
    end = match.index + whole.length
    const lookup = sign === '$' ? bindings.dollar : bindings.percent
    const variable = plain ?? braced ?? named
    const actionVariable = sign === '%' ? (word ?? bracedWord) : undefined
    if (variable !== undefined && lookup !== undefined) shapes.push(lookup.variable(variable))
    else if (entry !== undefined && lookup !== undefined) {
      shapes.push(ofCache(lookup.entry(entry, entryName ?? ''), bindings))
    } else if (actionVariable !== undefined && bindings.action !== undefined) {
      shapes.push(bindings.action(actionVariable))
    } else if (whole === '$$' || whole === '%%') {
      const isEscape = lookup !== undefined || (sign === '%' && bindings.action !== undefined)
      shapes.push([isEscape ? (sign as string) : whole])
    } else shapes.push([whole])
  }
  return joinShapes([...shapes, [template.slice(end)]])
}

// In action lists SEC looks for action list variables in what comes out of the cache.
function ofCache(shape: Shape, { action }: Bindings): Shape {
  const mayRefer = shape.some(part =>
    typeof part === 'string' ? part.includes('%') : part.bytes[0x25] === 1
  )
  return action !== undefined && mayRefer ? [ANYTHING] : shape
}
