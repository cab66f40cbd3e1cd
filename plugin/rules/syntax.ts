import type { PerlLoader } from '../perl/source.ts'
import type { RuleBlock } from './lexer.ts'

/** How the rules of one type are written. */
export interface RuleSyntax<Definition> {
  /** As the manual spells it: `SingleWithThreshold`. */
  readonly type: string
  /** Every keyword that the type allows besides `type`. */
  readonly keywords: readonly Keyword[]
  /** `undefined`: the rule is refused, and the report was told why. */
  parse(block: RuleBlock, report: RuleReport): Definition | undefined
}

export interface Keyword {
  readonly name: string
  readonly required: boolean
}

/** Takes what is to be said about one rule, in SEC's words. Knows the rule's file and line. */
export interface RuleReport {
  /** Lines that an input buffer holds if the user says so, else 0. A pattern that wants more is refused. */
  readonly bufferSize: number
  /** Compiles Perl code that evaluates to a code reference. */
  readonly perl: PerlLoader
  error(message: string): void
  /** An error that SEC reports without file and line; they go to the end. */
  plainError(message: string): void
  warning(message: string): void
  notYet(message: string): void
  /** What SEC does not say: how a rule will run here. */
  note(message: string): void
}

/** Reads one part of a rule's definition from one or more of its fields. */
export interface Field<Value> {
  readonly keywords: readonly Keyword[]
  /** `REFUSED` after an error was reported. The required fields are all there. */
  read(fields: ReadonlyMap<string, string>, report: RuleReport): Value | typeof REFUSED
}

export const REFUSED = Symbol('refused')

type Fields = Readonly<Record<string, Field<unknown>>>
type ValueOf<F> = F extends Field<infer Value> ? Value : never
type OptionalKeys<F extends Fields> = { [K in keyof F]: undefined extends ValueOf<F[K]> ? K : never }[keyof F]

/** What the fields give; a field whose value is `undefined` is left out. */
export type ValuesOf<F extends Fields> = {
  readonly [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]>
} & { readonly [K in OptionalKeys<F>]?: Exclude<ValueOf<F[K]>, undefined> }

/**
 * The syntax of a rule type. Fields are checked in their order here, which is SEC's: the first fault ends the check,
 * so the order decides which fault is reported.
 */
export function ruleSyntax<const F extends Fields, Definition>(
  type: string,
  fields: F,
  define: (values: ValuesOf<F>, line: number) => Definition
): RuleSyntax<Definition> {
  return {
    type,
    keywords: Object.values(fields).flatMap(field => field.keywords),
    parse(block, report) {
      const values: Record<string, unknown> = {}
      for (const [name, field] of Object.entries(fields)) {
        const value = field.read(block.fields, report)
        if (value === REFUSED) return undefined
        if (value !== undefined) values[name] = value
      }
      // Each name holds what its field's `read` returned.
      return define(values as ValuesOf<F>, block.line)
    }
  }
}
