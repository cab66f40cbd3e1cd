import { type ASTNode, type Environment, EvaluationError } from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'

/**
 * The function `matches` on RE2, whose expressions are CEL's own and whose time is linear in the text. The CEL library has it
 * on JavaScript's, which an unlucky or hostile record keeps busy for hours, and lets nobody replace it: so here is one
 * of another name, by which calls of `matches` go. Source: CEL specification, "Regular Expressions".
 */
const FUNCTION = 're2Matches'

/** Expressions may be made of records: so many are kept compiled. */
const MOST_COMPILED = 256

export function registerMatches(environment: Environment): void {
  const compiled = new Map<string, RE2JS>()
  environment.registerFunction(`string.${FUNCTION}(string): bool`, (text: string, source: string) => {
    let expression = compiled.get(source)
    if (expression === undefined) {
      expression = compile(source)
      if (compiled.size >= MOST_COMPILED) compiled.delete(compiled.keys().next().value as string)
      compiled.set(source, expression)
    }
    return expression.test(text)
  })
}

/** Has the calls of `matches` go to RE2. To be called before an expression is checked. */
export function redirectMatches(expression: ASTNode): void {
  if (expression.op === 'rcall' && expression.args[0] === 'matches') expression.args[0] = FUNCTION
  redirectIn(expression.args)
}

function redirectIn(args: unknown): void {
  if (Array.isArray(args)) for (const each of args as readonly unknown[]) redirectIn(each)
  else if (typeof args === 'object' && args !== null && 'op' in args) redirectMatches(args as ASTNode)
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source)
  } catch (error) {
    const message = `wrong regular expression "${source}" (${(error as Error).message}); expected one of RE2`
    throw new EvaluationError({ code: 'invalid_regular_expression', message, cause: error })
  }
}
