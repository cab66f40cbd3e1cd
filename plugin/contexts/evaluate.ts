import type { Core } from '../core.ts'
import { type MatchBindings, substituteMatchVariables } from '../patterns/match-variables.ts'
import { ASK_PERL } from '../perl/quick/quick-function.ts'
import type { Rule } from '../rules/rule.ts'
import type { ContextPostfix, ContextTest, PostfixItem } from './compile.ts'

type ContextCall = Extract<ContextTest, { readonly type: 'call' }>

/**
 * Evaluates a compiled context expression for a rule. Operators short-circuit. A context that is due expires when it is
 * named: its actions run in mid-matching, as in SEC.
 */
export function evaluateContextExpression(
  test: ContextTest,
  bindings: MatchBindings,
  rule: Rule,
  core: Core
): boolean {
  switch (test.type) {
    case 'context':
      return contextExists(substituteMatchVariables(test.name, bindings), core)
    case 'varset':
      return Object.hasOwn(core.cache, substituteMatchVariables(test.entry, bindings))
    case 'not':
      return !evaluateContextExpression(test.operand, bindings, rule, core)
    case 'and':
      for (const operand of test.operands) {
        if (!evaluateContextExpression(operand, bindings, rule, core)) return false
      }
      return true
    case 'or':
      for (const operand of test.operands) {
        if (evaluateContextExpression(operand, bindings, rule, core)) return true
      }
      return false
    case 'postfix':
      return evaluatePostfix(test, bindings, rule, core) ?? false
    case 'perl':
      return evaluateMiniprogram(substituteMatchVariables(test.code, bindings), core)
    case 'call':
      return callFunction(test, bindings, core)
  }
}

/** What fails is false. */
function evaluateMiniprogram(code: string, { perl, host }: Core): boolean {
  const outcome = perl?.evaluateTest(code)
  if (outcome?.ok === false) host.log(2, `Error evaluating code '${code}': ${outcome.error}`)
  return outcome?.ok === true && outcome.value
}

function callFunction(
  { operator, parameters, code: { text, which } }: ContextCall,
  bindings: MatchBindings,
  core: Core
): boolean {
  const { perl, perlEntries, host } = core
  const code = perl?.compile(text, which)
  // Faulty code was refused when it was loaded.
  if (perl === undefined || perlEntries === undefined || code?.ok !== true) return false
  const given = parameters.map(parameter => substituteMatchVariables(parameter, bindings))
  const { quick } = code.value
  const known = quick && (operator === '->' ? given : perlEntries.unshared(given, core))
  const answer = known === undefined ? ASK_PERL : (quick?.test(known) ?? ASK_PERL)
  if (answer !== ASK_PERL) return answer
  const call = operator === '->' ? { arguments: given } : perlEntries.call(given, core)
  const outcome = perl.test(code.value, call)
  if (!outcome.ok) host.log(2, `Context expression runtime error: ${outcome.error}`)
  return outcome.ok && outcome.value
}

/** As `compileContextExpression` describes it. `undefined`: it ends without a value. */
function evaluatePostfix(
  { items }: ContextPostfix,
  bindings: MatchBindings,
  rule: Rule,
  core: Core
): boolean | undefined {
  let isSecond = false
  let index = 0
  for (let item = items[index]; item !== undefined; item = items[index]) {
    index++
    if (item.operand === undefined) {
      isSecond = false
      continue
    }
    const value =
      item.operand.type === 'postfix'
        ? evaluatePostfix(item.operand, bindings, rule, core)
        : evaluateContextExpression(item.operand, bindings, rule, core)
    if (value === undefined) continue
    if (isSecond) index = item.operatorIndex + 1
    index = skipDecided(items, index, value)
    if (index === items.length) return value
    isSecond = true
  }
  return undefined
}

function skipDecided(items: readonly PostfixItem[], start: number, value: boolean): number {
  let index = start
  for (let item = items[index]; item !== undefined; item = items[index]) {
    if ((item.operator === 'or') !== value) break
    index = item.operatorIndex + 1
  }
  return index
}

function contextExists(name: string, core: Core): boolean {
  const { contexts } = core
  if (contexts.findInternal(name) !== undefined) return true
  const context = contexts.find(name)
  if (context === undefined) return false
  if (!contexts.isDue(context, core.now)) return true
  core.expireContext(context, name)
  return false
}
