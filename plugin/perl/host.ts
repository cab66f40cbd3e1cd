import type { PerlContexts } from './contexts.ts'
import type { KeptHash } from './kept-hash.ts'
import type { PerlMemory } from './memory.ts'
import type { QuickFunction } from './quick/quick-function.ts'

/**
 * Perl inside rules, as the correlator sees it: synchronous, as SEC's is. Code is compiled once and called often. Strings
 * are byte strings (latin1); what is neither a string nor undefined stays in Perl, and is known here by a number.
 *
 * Nothing throws: what goes wrong in Perl code is an outcome.
 */
export interface PerlHost {
  /**
   * Names what the numbers of references and hashes belong to: in another life they are no more, and no number comes
   * twice. `undefined`: no code was run in this life yet.
   */
  readonly life: string | undefined
  /** What code remembers. `undefined`: it is not kept. */
  readonly memory: PerlMemory | undefined
  /**
   * Compiles code that evaluates to a code reference, in the package `main::SEC`; the same once only. `which` tells
   * equal pieces of code apart, which have closures of their own: after a restored snapshot what was compiled goes on,
   * with what its closures hold. An error without a word: it evaluates to undefined.
   */
  compile(text: string, which: number): PerlOutcome<PerlCode>
  /** Code is compiled anew from now on, also what was compiled before: closures begin anew, package variables stay. */
  forgetCode(): void
  /** In scalar context: whether what it returns is true. */
  test(code: PerlCode, call: PerlCall): PerlOutcome<boolean>
  /** In list context, as a pattern: what it matches, `undefined`: it doesn't. */
  match(code: PerlCode, call: PerlCall, isKept: boolean): PerlOutcome<PerlMatch | undefined>
  /** In list context, for an action list variable, which gets references as strings: a function makes none for it, as in SEC. */
  assign(code: PerlCode | PerlReference, call: PerlCall): PerlOutcome<PerlAssignment>
  /** Compiles and runs a miniprogram in scalar context: whether its value is true. */
  evaluateTest(text: string): PerlOutcome<boolean>
  /** Compiles and runs a miniprogram in list context, for an action list variable. */
  evaluate(text: string): PerlOutcome<PerlAssignment>
  /** The contexts that code finds in `%main::context_list`, from now on. */
  serve(contexts: PerlContexts): void
  /** Lets go of references and hashes that nothing here names any more. */
  release(references: readonly number[]): void
}

/** Code that was compiled. */
export interface PerlCode {
  readonly number: number
  /** As a string: `CODE(0x55d0c8)`. */
  readonly text: string
  /** The same, if it can be run without Perl. */
  readonly quick?: QuickFunction | undefined
}

/** A reference that only Perl can hold. */
export interface PerlReference {
  readonly reference: number
  /** As a string: `CODE(0x55d0c8)`. */
  readonly text: string
}

export type PerlValue = string | undefined | PerlReference

/** A value of a call's parameters. */
export type PerlArgument = PerlValue | PerlListArgument | PerlHashArgument | PerlSameArgument

/** Passed as a reference to a list. */
export interface PerlListArgument {
  readonly list: readonly string[]
}

/** What another parameter of the call is, by its index. */
export interface PerlSameArgument {
  readonly sameAs: number
}

/** Passed as a reference to a hash that Perl may change: one that there is, by its number, or a new one. */
export type PerlHashArgument = { readonly hash: number } | NewPerlHash

export interface NewPerlHash {
  readonly variables: PerlVariables
  /** The hash that it is first a copy of. */
  readonly base?: number | undefined
  /** Names whose values, references too, are to be those of other names. */
  readonly copies?: readonly { readonly name: string; readonly of: string }[] | undefined
}

/** Names and values of match variables, as strings. */
export type PerlVariables = Readonly<Record<string, string | undefined>>

export interface PerlCall {
  readonly arguments: readonly PerlArgument[]
  /** Hears of each hash that was passed, in their order. */
  readonly onHash?: (index: number, hash: PerlHash) => void
}

/** A hash of match variables that lives in Perl. */
export interface PerlHash {
  readonly hash: number
  /** What it holds now, if that has changed; references as strings. */
  readonly changed: PerlVariables | undefined
}

/** What a pattern's function has returned. */
export interface PerlMatch {
  /** By number (`1` …), or by name where it returned a reference to a hash; references as strings. Who asked may add to it. */
  readonly variables: Record<string, string | undefined>
  /** The same in Perl, references and all, until it is released; if it is kept. */
  readonly hash: KeptHash | undefined
}

export type PerlAssignment = { readonly isSet: false } | { readonly isSet: true; readonly value: PerlValue }

export type PerlOutcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: string }
