import { EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js'
import type { LogRecord } from '../../record.ts'
import { decodeUtf8, encodeUtf8 } from '../../utf8.ts'
import { CelRecord } from './cel-record.ts'
import { celEnvironment } from './environment.ts'
import { redirectMatches } from './regular-expressions.ts'
import { requiredAttributes } from './required-attributes.ts'

export type CelCompilation =
  | { readonly ok: true; readonly expression: CelExpression }
  | { readonly ok: false; readonly message: string }

/** An expression over a record. */
export interface CelExpression {
  evaluate(record: LogRecord): CelOutcome
}

export type CelOutcome =
  | { readonly type: 'value'; readonly value: unknown }
  /** It needs what the record does not have. */
  | { readonly type: 'missing' }
  | { readonly type: 'error'; readonly code: string; readonly message: string }

/**
 * Compiles an expression, which is UTF-8 given as bytes, and checks the types of what is known before any record is: fields
 * that no record has, functions that there are not. Messages are bytes, too. `use`: what its value is for.
 */
export function compileCel(source: string, use: CelUse = 'match'): CelCompilation {
  try {
    const parsed = celEnvironment.parse(decodeUtf8(source))
    redirectMatches(parsed.ast)
    const { valid, type = 'dyn', error } = parsed.check()
    if (!valid) return { ok: false, message: messageOf(error) }
    const { types, expected } = RESULTS[use]
    if (!types.test(type)) {
      return { ok: false, message: `its value is of type ${type}; expected ${expected}` }
    }
    return {
      ok: true,
      expression: expressionOf(parsed as (context: object) => unknown, requiredAttributes(parsed.ast))
    }
  } catch (error) {
    return { ok: false, message: messageOf(error) }
  }
}

/** Of a pattern, or of what names a record's key. */
export type CelUse = 'match' | 'key'

const RESULTS: Readonly<Record<CelUse, { readonly types: RegExp; readonly expected: string }>> = {
  match: {
    types: /^(?:bool|dyn|map|map<.*>|optional|optional<(?:bool|dyn|map|map<.*>)>)$/,
    expected: 'bool or a map'
  },
  key: {
    types: /^(?:optional<)?(?:string|int|uint|double|bool|dyn)>?$|^optional$/,
    expected: 'string or a number'
  }
}

const MISSING: CelOutcome = { type: 'missing' }

function expressionOf(run: (context: object) => unknown, required: readonly string[]): CelExpression {
  return {
    evaluate(record) {
      for (const name of required) if (!Object.hasOwn(record.attributes, name)) return MISSING
      try {
        return { type: 'value', value: run({ record: new CelRecord(record) }) }
      } catch (error) {
        const code = error instanceof EvaluationError ? error.code : 'internal'
        if (code === 'no_such_key' || code === 'index_out_of_bounds') return MISSING
        return { type: 'error', code, message: messageOf(error) }
      }
    }
  }
}

/** What CEL says, with the column where an expression of one line is meant. */
function messageOf(error: unknown): string {
  if (error instanceof ParseError || error instanceof EvaluationError || error instanceof CelTypeError) {
    const column = error.range === undefined ? '' : ` (column ${error.range.start + 1})`
    return encodeUtf8(`${error.summary}${column}`)
  }
  return encodeUtf8(error instanceof Error ? error.message : String(error))
}
