import { ownValue } from '../own-value.ts'

/**
 * The match variables of one match, by name: `0`, `1`, `2` … and the names of `$+{name}`. Plain data. A name with the
 * value `undefined` was set by no group; both it and a missing name substitute as an empty string.
 */
export type MatchVariables = Readonly<Record<string, string | undefined>>

/** The pattern match cache: entry name → the match variables stored under it. */
export type MatchCache = Readonly<Record<string, MatchVariables>>

/** What `$`-prefixed references of one string mean: `$1`, `$+{name}` by `variables`, `$:{entry:name}` by `cache`. */
export interface MatchBinding {
  readonly variables: MatchVariables
  readonly cache: MatchCache
}

/**
 * How the references in a rule's strings are bound. `percent` is the binding of `%1`, `%+{name}` and `%:{entry:name}`
 * in the second half of Pair rules whose patterns both set match variables. Without `dollar`, `$1` and `$$` stay as
 * they are (SubStr, NSubStr, NCached, TValue).
 */
export interface MatchBindings {
  readonly dollar?: MatchBinding | undefined
  readonly percent?: MatchBinding | undefined
}

export const NO_BINDINGS: MatchBindings = {}

// A variable's name may hold digits, so `$01` is the variable `01`, which no pattern sets: all as in SEC.
const DOLLAR =
  /\$(?:(\$)|(\d+)|\{(\d+)\}|\+\{(\d+|[A-Za-z_][A-Za-z0-9_!]*)\}|:\{([A-Za-z][A-Za-z0-9_]*):(\d+|[A-Za-z_][A-Za-z0-9_!]*)\})/g
const PERCENT =
  /%(?:(%)|(\d+)|\{(\d+)\}|\+\{(\d+|[A-Za-z_][A-Za-z0-9_!]*)\}|:\{([A-Za-z][A-Za-z0-9_]*):(\d+|[A-Za-z_][A-Za-z0-9_!]*)\})/g

/**
 * Substitutes match variables. `mask` protects a value against the rounds that follow: in action lists `%` is a round
 * of its own, after this one.
 */
export function substituteMatchVariables(
  template: string,
  bindings: MatchBindings,
  mask: (value: string) => string = unmasked
): string {
  let text = template
  // The %-round is first: what it brings in must not be taken for a $-reference.
  if (bindings.percent !== undefined && text.includes('%')) {
    text = substitute(text, PERCENT, '%', bindings.percent, value =>
      mask(bindings.dollar === undefined ? value : maskDollar(value))
    )
  }
  if (bindings.dollar !== undefined && text.includes('$')) {
    text = substitute(text, DOLLAR, '$', bindings.dollar, mask)
  }
  return text
}

function substitute(
  template: string,
  reference: RegExp,
  sign: string,
  { variables, cache }: MatchBinding,
  mask: (value: string) => string
): string {
  return template.replace(
    reference,
    (
      _whole,
      escaped: string | undefined,
      plain: string | undefined,
      braced: string | undefined,
      name: string | undefined,
      entry: string | undefined,
      entryName: string | undefined
    ) => {
      if (escaped !== undefined) return sign
      // SEC masks no value that comes out of the cache: a `%` in it is looked at in the rounds that follow.
      if (entry !== undefined) return ownValue(ownValue(cache, entry) ?? {}, entryName ?? '') ?? ''
      const value = ownValue(variables, plain ?? braced ?? name ?? '')
      return value === undefined ? '' : mask(value)
    }
  )
}

function unmasked(value: string): string {
  return value
}

function maskDollar(value: string): string {
  return value.replaceAll('$', '$$$$')
}

/** For strings that are searched for action list variables later on. */
export function maskPercent(value: string): string {
  return value.includes('%') ? value.replaceAll('%', '%%') : value
}

/** The names of the cache entries that a string refers to, as `$:{entry:name}` or `%:{entry:name}`. */
export function referencedCacheEntries(template: string): string[] {
  return [...template.matchAll(/[$%]:\{([A-Za-z][A-Za-z0-9_]*):/g)].map(match => match[1] ?? '')
}
