import type { PerlSource } from '../perl/source.ts'

/** `context*` of a rule. */
export interface ContextExpressionDefinition {
  /** Written in square brackets: evaluated before the pattern. */
  readonly beforePattern: boolean
  readonly root: ContextNode
}

/** An expression's node. Strings are templates that may hold match variables. */
export type ContextNode =
  | { readonly type: 'context'; readonly name: string }
  | { readonly type: 'varset'; readonly entry: string }
  | { readonly type: 'not'; readonly operand: ContextNode }
  | { readonly type: 'and'; readonly left: ContextNode; readonly right: ContextNode }
  | { readonly type: 'or'; readonly left: ContextNode; readonly right: ContextNode }
  /** In parentheses, which matter to SEC even where they don't change the meaning. */
  | { readonly type: 'group'; readonly operand: ContextNode }
  /** `=( code )` */
  | { readonly type: 'perl'; readonly code: string }
  /** `parameters -> ( sub … )` and `parameters :> ( sub … )` */
  | {
      readonly type: 'call'
      readonly operator: '->' | ':>'
      /** Separated by whitespace in the rule file. */
      readonly parameters: readonly string[]
      readonly code: PerlSource
    }
