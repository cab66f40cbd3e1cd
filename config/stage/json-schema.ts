import {
  type Description,
  formatOf,
  kindOf,
  type PartDescription,
  type PartType,
  type PartTypes,
  type Schema,
  type ValueDescription
} from './description.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/** The JSON Schema of a configuration file, for editors: it knows every key, but not what goes with what. */
export function jsonSchemaOf(schema: Schema): JsonSchema {
  const definitions: Definitions = new Map()
  const whole = groupSchema(schema, definitions)
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of correlog run',
    ...whole,
    definitions: Object.fromEntries([...definitions.values()].map(({ name, schema: inner }) => [name, inner]))
  }
}

/** Parts of a few types stand in several places, and once here. */
type Definitions = Map<PartTypes, { readonly name: string; readonly schema: JsonSchema }>

function groupSchema(
  schema: Schema,
  definitions: Definitions,
  more: Readonly<Record<string, JsonSchema>> = {}
): JsonSchema {
  const properties: Record<string, JsonSchema> = { ...more }
  const required = Object.keys(more)
  const eitherOf: JsonSchema[] = []
  for (const [key, description] of Object.entries(schema)) {
    properties[key] = schemaOf(key, description, definitions)
    const { sensitive, required: isRequired, doc } = description as ValueDescription
    if (sensitive === true) {
      properties[`${key}File`] = { description: `A file that holds it: ${doc}`, type: 'string', minLength: 1 }
      properties[`${key}Env`] = {
        description: `An environment variable that holds it: ${doc}`,
        type: 'string',
        minLength: 1
      }
      const forms = [key, `${key}File`, `${key}Env`].map(each => ({ required: [each] }))
      if (isRequired === true) eitherOf.push({ oneOf: forms })
    } else if (isRequired === true) required.push(key)
  }
  return {
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    ...(eitherOf.length > 0 && { allOf: eitherOf }),
    additionalProperties: false
  }
}

function schemaOf(key: string, description: Description, definitions: Definitions): JsonSchema {
  const known = kindOf(description)
  switch (known.kind) {
    case 'group':
      return groupSchema(known.description, definitions)
    case 'value':
      return valueSchema(known.description)
    case 'part':
      return partSchema(key, known.description, definitions)
    case 'parts': {
      const { doc, types } = known.description
      const any = anyPart(key, types, definitions)
      return {
        description: doc,
        anyOf: [
          { type: 'object', additionalProperties: any },
          { type: 'array', items: any },
          { type: 'string', minLength: 1 }
        ]
      }
    }
    case 'entries': {
      const { doc, entry, short } = known.description
      const text = valueSchema(entry[short] as ValueDescription)
      const any = { anyOf: [text, groupSchema(entry, definitions)] }
      return { description: doc, anyOf: [{ type: 'array', items: any }, any] }
    }
  }
}

function valueSchema(description: ValueDescription): JsonSchema {
  const { doc, default: standard, nullable } = description
  const { jsonSchema } = formatOf(description)
  return {
    description: doc,
    ...(standard !== null && { default: standard }),
    ...(nullable === true ? { anyOf: [jsonSchema, { type: 'null' }] } : jsonSchema)
  }
}

function partSchema(
  key: string,
  { doc, types, nullable, default: standard }: PartDescription,
  definitions: Definitions
): JsonSchema {
  const any = anyPart(key, types, definitions)
  return {
    description: doc,
    ...(standard !== null && { default: standard.type }),
    anyOf: nullable === true ? [any, { type: 'null' }] : [any]
  }
}

/** A type alone, a URL, or its keys. */
function anyPart(key: string, types: PartTypes, definitions: Definitions): JsonSchema {
  const { name } = definitions.get(types) ?? define(key, types, definitions)
  return { $ref: `#/definitions/${name}` }
}

function define(name: string, types: PartTypes, definitions: Definitions): { readonly name: string } {
  const usable = Object.entries(types)
  const text = usable.some(([, { location }]) => location !== undefined)
    ? { description: 'A URL, or a type alone', type: 'string', minLength: 1 }
    : { enum: usable.map(([type]) => type) }
  const schema = { anyOf: [text, ...usable.map(([type, each]) => typeSchema(type, each, definitions))] }
  const definition = { name, schema }
  definitions.set(types, definition)
  return definition
}

function typeSchema(name: string, { doc, options }: PartType, definitions: Definitions): JsonSchema {
  return { description: doc, ...groupSchema(options, definitions, { type: { const: name } }) }
}
