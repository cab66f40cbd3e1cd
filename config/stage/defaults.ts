import convict from 'convict'
import type { CheckedValues } from './check.ts'
import { type Description, formatOf, kindOf, type PartTypes, type Schema } from './description.ts'

/** Brings in the defaults of a schema, at every depth. `values` have been checked. */
export function withDefaults(schema: Schema, values: CheckedValues): Record<string, unknown> {
  const config = convict<Record<string, unknown>>(convictSchema(schema), { args: [], env: {} })
  config.load(values)
  config.validate({ allowed: 'strict' })
  return completed(schema, config.getProperties())
}

function completed(schema: Schema, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(schema).map(([key, description]) => [key, completedValue(description, values[key])])
  )
}

function completedValue(description: Description, value: unknown): unknown {
  const known = kindOf(description)
  switch (known.kind) {
    case 'value':
      return value
    case 'group':
      return completed(known.description, value as CheckedValues)
    case 'entries': {
      const { entry } = known.description
      return (value as readonly CheckedValues[]).map(each => withDefaults(entry, each))
    }
    case 'parts': {
      const { types } = known.description
      return (value as readonly CheckedValues[]).map(each => completedPart(types, each))
    }
    case 'part':
      return value === null ? null : completedPart(known.description.types, value as CheckedValues)
  }
}

/** A part with the defaults of its type. */
export function completedPart(types: PartTypes, { type, name, ...options }: CheckedValues): CheckedValues {
  const schema = types[String(type)]?.options ?? {}
  return { type, ...(name !== undefined && { name }), ...withDefaults(schema, options) }
}

/** The schema for convict: it knows lists of words but not that several of them may be given. */
function convictSchema(schema: Schema): convict.Schema<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(schema).map(([key, description]) => {
      const known = kindOf(description)
      if (known.kind === 'group') return [key, convictSchema(known.description)]
      if (known.kind !== 'value') {
        return [key, { ...description, format: known.kind === 'part' ? 'Object' : 'Array' }]
      }
      const { read, expected } = formatOf(known.description)
      const isRequired = known.description.required === true
      return [
        key,
        {
          ...known.description,
          nullable: known.description.nullable === true || isRequired,
          format(value: unknown) {
            if (read(value) === undefined) throw new Error(`expected ${expected}`)
          }
        }
      ]
    })
  ) as convict.Schema<Record<string, unknown>>
}
