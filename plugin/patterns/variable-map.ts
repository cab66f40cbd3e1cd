import { trimSpace } from '../ascii-space.ts'
import type { VariableMapDefinition } from './definition.ts'

const MAPPING = /^([A-Za-z][A-Za-z0-9_]*)(?:[ \t\n\r\f\v]*=[ \t\n\r\f\v]*([0-9]+))?$/

/** Parses the value of a `varmap` field. `undefined`: it is faulty, and the report was told why. */
export function parseVariableMap(
  text: string,
  report: { error(message: string): void }
): VariableMapDefinition | undefined {
  const entries: string[] = []
  const variables: { name: string; number: number }[] = []
  const mappings = text.split(';').map(trimSpace)
  // Empty mappings at the end do not count.
  while (mappings.at(-1) === '') mappings.pop()
  for (const mapping of mappings) {
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
