import {
  type Description,
  kindOf,
  type PartDescription,
  type Schema,
  type ValueDescription
} from './description.ts'
import { stageSchema } from './schema.ts'

/** A key of the configuration, and how the command line and the environment name it. */
export interface NamedOption {
  readonly path: readonly string[]
  readonly description: Description
  readonly doc: string
  readonly arg: string | undefined
  readonly env: string | undefined
  /** What stands for the value; `undefined`: it takes none. */
  readonly value: string | undefined
  /** May be given several times. */
  readonly repeats: boolean
}

/** Every key but those of parts, groups taken apart. */
export const namedOptions: readonly NamedOption[] = optionsOf(stageSchema, [])

function optionsOf(schema: Schema, path: readonly string[]): NamedOption[] {
  return Object.entries(schema).flatMap(([key, description]) => {
    const known = kindOf(description)
    const inner = [...path, key]
    if (known.kind === 'group') return optionsOf(known.description, inner)
    const { doc, arg, value } = known.description
    return {
      path: inner,
      description,
      doc,
      arg,
      env: (description as ValueDescription | PartDescription).env,
      value: isFlag(known.description) ? undefined : (value ?? 'value'),
      repeats: known.kind === 'parts' || known.kind === 'entries'
    }
  })
}

function isFlag(description: Description): boolean {
  return (description as ValueDescription).format === 'flag'
}
