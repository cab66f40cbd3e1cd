/** A pattern as a rule file gives it. `N` of the keyword (`NRegExp`) is `negated`, its number (`RegExp2`) is `lines`. */
export interface PatternDefinition {
  readonly type: PatternTypeName
  readonly negated: boolean
  /** How many of the last input lines the pattern sees, joined by newlines; 1 for Cached, Record and TValue. */
  readonly lines: number
  /** The pattern as written. TValue: `TRUE` or `FALSE`. SubStr: with its backslash sequences already resolved. */
  readonly source: string
  /** PerlFunc: which of equal pieces of code it is (`PerlSource`). */
  readonly which?: number
}

export type PatternTypeName = 'SubStr' | 'RegExp' | 'PerlFunc' | 'Cached' | 'Record' | 'TValue'

/** `varmap*`: names for numbered match variables, and cache entry names for the whole match. */
export interface VariableMapDefinition {
  /** Names of pattern match cache entries, in order. */
  readonly entries: readonly string[]
  readonly variables: readonly { readonly name: string; readonly number: number }[]
}
