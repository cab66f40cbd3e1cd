import type { ScanMode, Scanner } from '../../patterns/perl-regexp/scanner.ts'

/** A function of a rule as far as it is run here. Variables have numbers; whatever is not here is Perl's. */
export interface QuickSubroutine {
  readonly variables: number
  readonly body: readonly Statement[]
}

export type Statement =
  | { readonly type: 'assign'; readonly variable: number; readonly value: Expression }
  | { readonly type: 'clear'; readonly variables: readonly VariableRef[] }
  | {
      readonly type: 'assignElement'
      readonly variable: number
      readonly key: Expression
      readonly value: Expression
    }
  | { readonly type: 'return'; readonly value: Expression }
  | { readonly type: 'value'; readonly value: Expression; readonly isLast: boolean }
  | {
      readonly type: 'if'
      readonly branches: readonly { readonly test: Expression; readonly body: readonly Statement[] }[]
      readonly otherwise: readonly Statement[] | undefined
    }
  | { readonly type: 'while'; readonly test: Expression; readonly body: readonly Statement[] }

export interface VariableRef {
  readonly sigil: '$' | '%'
  readonly variable: number
}

/** Of what `{…}` and `->{…}` take an element. */
export type HashSource =
  | { readonly type: 'hash'; readonly variable: number }
  | { readonly type: 'reference'; readonly of: ScalarSource }

export type ScalarSource =
  | { readonly type: 'variable'; readonly variable: number }
  | { readonly type: 'argument'; readonly index: number }

export type Expression =
  | ScalarSource
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'element'; readonly hash: HashSource; readonly key: Expression }
  | { readonly type: 'group'; readonly group: number }
  | { readonly type: 'join'; readonly parts: readonly Expression[] }
  | { readonly type: 'exists'; readonly hash: HashSource; readonly key: Expression }
  | { readonly type: 'defined'; readonly operand: Expression }
  | { readonly type: 'not'; readonly operand: Expression }
  | { readonly type: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | {
      readonly type: 'choice'
      readonly test: Expression
      readonly yes: Expression
      readonly no: Expression
    }
  | {
      readonly type: 'compare'
      readonly operator: Comparison
      readonly left: Expression
      readonly right: Expression
    }
  | Match
  | { readonly type: 'hashReference'; readonly variable: number }
  | { readonly type: 'newHash'; readonly pairs: readonly (readonly [Expression, Expression])[] }
  | { readonly type: 'list'; readonly items: readonly Expression[] }
  /** `my (…) = …`; as a value, how many there were. `undefined`: of `@_`. */
  | {
      readonly type: 'take'
      readonly variables: readonly number[]
      readonly from: Expression | undefined
    }

export interface Match {
  readonly type: 'match'
  readonly subject: Expression
  readonly negated: boolean
  readonly mode: ScanMode
  readonly scanner: Scanner
}

export type Comparison = 'eq' | 'ne' | '==' | '!=' | '<' | '>' | '<=' | '>='
