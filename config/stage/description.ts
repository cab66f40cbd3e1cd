import { choiceFormat, type ValueFormat, type ValueFormatName, valueFormats } from './formats.ts'

/** One value. `convict` reads `doc`, `format`, `default` and `nullable`; a list is of words to choose from. */
export interface ValueDescription {
  /** Sentences that a user can act on. */
  readonly doc: string
  readonly format: ValueFormatName | readonly string[]
  /** With a list of words: any number of them. */
  readonly several?: true | undefined
  readonly default: unknown
  readonly nullable?: true
  /** Must be given; its default is `null`. */
  readonly required?: true
  /** Never shown. Besides `KEY` there are `KEYFile`, which names a file that holds it, and `KEYEnv`, a variable. */
  readonly sensitive?: true
  readonly env?: string
  /** Its name on the command line. */
  readonly arg?: string
  /** What stands for the value in `--help`. */
  readonly value?: string
}

/** A part that comes in several types. */
export interface PartDescription extends CommandLineNames {
  readonly doc: string
  readonly format: 'object'
  readonly types: PartTypes
  readonly default: { readonly type: string } | null
  readonly nullable?: true
  /** A text that names no type is the location of this one. */
  readonly plain?: string
  readonly env?: string
}

/** Any number of parts, each under a name of the user's. */
export interface PartsDescription extends CommandLineNames {
  readonly doc: string
  readonly format: 'array'
  readonly types: PartTypes
  readonly default: readonly never[]
}

/** A list of groups. A text stands for a group with nothing but its key `short`. */
export interface EntriesDescription extends CommandLineNames {
  readonly doc: string
  readonly format: 'array'
  readonly entry: Schema
  readonly short: string
  readonly default: readonly never[]
}

interface CommandLineNames {
  readonly arg?: string
  readonly value?: string
}

/** Keys and what they are; `convict` reads it as it is. */
export interface Schema {
  readonly [key: string]: Description
}

export type Description = ValueDescription | PartDescription | PartsDescription | EntriesDescription | Schema

export type PartTypes = Readonly<Record<string, PartType>>

export interface PartType {
  readonly doc: string
  readonly options: Schema
  /** The option that stands behind the colon of the URL form, `file:PATH`. */
  readonly location?: string
  /** The location is an address: `fluent://HOST:PORT`; without it the option's default holds. */
  readonly hasAddress?: true
  /** With an address: the option that stands behind its slash, `kafka://HOST:PORT/TOPIC`; alone as `kafka:TOPIC`. */
  readonly behind?: string
}

export type Kind =
  | { readonly kind: 'value'; readonly description: ValueDescription }
  | { readonly kind: 'part'; readonly description: PartDescription }
  | { readonly kind: 'parts'; readonly description: PartsDescription }
  | { readonly kind: 'entries'; readonly description: EntriesDescription }
  | { readonly kind: 'group'; readonly description: Schema }

/** Tells the descriptions apart. */
export function kindOf(description: Description): Kind {
  if (typeof description.doc !== 'string') return { kind: 'group', description: description as Schema }
  if ('entry' in description) return { kind: 'entries', description: description as EntriesDescription }
  if (!('types' in description)) return { kind: 'value', description: description as ValueDescription }
  return description.format === 'object'
    ? { kind: 'part', description }
    : { kind: 'parts', description: description as PartsDescription }
}

export function formatOf({ format, several }: ValueDescription): ValueFormat {
  return typeof format === 'string' ? valueFormats[format] : choiceFormat(format, several === true)
}
