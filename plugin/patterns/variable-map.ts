import type { VariableMapDefinition } from './definition.ts'

const SPACE = '[ \\t\\n\\r\\f\\v]*'
const MAPPING = new RegExp(`^${SPACE}([A-Za-z][A-Za-z0-9_]*)${SPACE}(?:=${SPACE}([0-9]+)${SPACE})?$`)

/** Parses the value of a `varmap` field. `undefined`: it is faulty, and the report was told why. */
export function parseVariableMap(
  text: string,
  report: { error(message: string): void }
): VariableMapDefinition | undefined {
  const entries: string[] = []
  const variables: { name: string; number: number }[] = []
  // What stands after the last semicolon does not count if it is empty.
  for (const mapping of text.replace(/;+$/, '').split(';')) {
    const [, name, number] = MAPPING.exec(mapping) ?? []
    if (name === undefined) {
      report.error(
        `Invalid variable map '${text}': the variable mapping '${mapping}' does not have the form ` +
          '<letter>[<letter>|<digit>|<underscore>]... [= <number>]'
      )
      return undefined
    }
    if (number === undefined) entries.push(name)
    else variables.push({ name, number: Number(number) })
  }
  return { entries, variables }
}
