import { optionFormat } from './formats.ts'
import { type OptionDescription, type OptionName, secSchema } from './schema.ts'

/** What a name on the command line stands for. */
export interface NamedOption {
  readonly name: OptionName
  /** The name as found: abbreviations are completed. */
  readonly spelling: string
  /** The `no` form. */
  readonly negated: boolean
}

export type Lookup = NamedOption | { readonly ambiguous: readonly string[] } | undefined

const spellings = new Map<string, NamedOption>()

for (const name of Object.keys(secSchema) as OptionName[]) {
  const { arg, synonyms = [], format }: OptionDescription<unknown> = secSchema[name]
  for (const spelling of [arg, ...synonyms]) spellings.set(spelling, { name, spelling, negated: false })
  if (optionFormat(format).syntax !== 'flag') continue
  for (const spelling of [`no${arg}`, `no-${arg}`]) spellings.set(spelling, { name, spelling, negated: true })
}

/** Those that may be shortened. */
const sortedSpellings = [...spellings]
  .filter(([, { name }]) => !isBeyondSec(name))
  .map(([spelling]) => spelling)
  .sort()

function isBeyondSec(name: OptionName): boolean {
  const description: OptionDescription<unknown> = secSchema[name]
  return description.beyondSec === true
}

/**
 * Finds an option by its name or by the start of its name, in lower case. A start that several spellings of one option
 * share is no ambiguity.
 */
export function findOption(typed: string): Lookup {
  const exact = spellings.get(typed)
  if (exact !== undefined) return exact
  const hits = sortedSpellings.filter(spelling => spelling.startsWith(typed))
  const [first] = hits
  if (first === undefined) return undefined
  if (hits.length === 1) return spellings.get(first)
  const names = new Set(hits.map(hit => spellings.get(hit)?.name))
  const negated = hits.some(hit => spellings.get(hit)?.negated)
  return names.size === 1 && !negated ? spellings.get(first) : { ambiguous: hits }
}
