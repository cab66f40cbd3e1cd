import { ActionScope } from '../actions/scope.ts'
import { addEvidence } from '../alerts/evidence.ts'
import type { Core } from '../core.ts'
import type { Operation } from '../operations.ts'
import { compileCel } from '../patterns/cel/expression.ts'
import { quotedForCel } from '../patterns/cel/template.ts'
import type { PatternDefinition } from '../patterns/definition.ts'
import { type MatchBinding, substituteMatchVariables } from '../patterns/match-variables.ts'
import type { CompiledPattern } from '../patterns/pattern.ts'
import { compilePerlRegExp, quotemeta } from '../patterns/perl-regexp/index.ts'
import { compilePattern } from '../patterns/registry.ts'
import { pairOfConditions } from './conditions.ts'
import type { Continuation, PairDefinition } from './definition.ts'
import { actionList, optionalInteger, text } from './fields.ts'
import { captureBinding, type Condition, matchCondition } from './match-condition.ts'
import type { Rule, RuleType } from './rule.ts'
import { findRunning, runForOperation } from './running-operation.ts'
import { ruleSyntax } from './syntax.ts'

export const pairSyntax = ruleSyntax(
  'Pair',
  {
    conditions: pairOfConditions,
    description: text('desc'),
    description2: text('desc2'),
    actions: actionList('action'),
    actions2: actionList('action2'),
    window: optionalInteger('window', 'time window', 0, 0)
  },
  ({ conditions: [condition, condition2], ...values }, line): PairDefinition => ({
    type: 'Pair',
    line,
    condition,
    condition2,
    ...values
  })
)

/** What one running operation remembers. */
export interface PairState {
  /** The second pattern, the first one's match variables substituted; `undefined` where the rule's own serves. */
  readonly pattern2: string | undefined
}

/**
 * Pair runs `action` on a first event and `action2` on its counterpart; PairWithWindow runs `action` if the
 * counterpart does not come within the window. Source: SEC manual, "PAIR RULE" and "PAIRWITHWINDOW RULE".
 */
export const pair: RuleType<PairDefinition, PairState> = {
  observe: (rule, core) => observeFirst(rule, core) ?? observeSecond(rule, core),

  window: ({ definition }) => (definition.window === 0 ? undefined : definition.window),

  readState: (fields): PairState => ({
    pattern2: fields.has('pattern2') ? fields.string('pattern2') : undefined
  }),

  expire(rule, operation, core) {
    if (rule.definition.type === 'PairWithWindow') {
      runForOperation(rule, operation, rule.definition.actions, core)
    }
    core.operations.end(operation)
  }
}

function observeFirst(rule: Rule<PairDefinition>, core: Core): Continuation | undefined {
  const [first] = rule.conditions
  const bindings = matchCondition(first, rule, core)
  if (bindings === undefined) return undefined
  const { definition } = rule
  const description = substituteMatchVariables(definition.description, bindings)
  if (findRunning(rule, description, core) !== undefined) return first.continue
  const captured = captureBinding(bindings, rule)
  const source = secondSource(definition.condition2.pattern, captured)
  const fault = source === undefined ? undefined : faultOf(definition.condition2.pattern, source)
  if (fault !== undefined) {
    core.host.log(
      2,
      `Runtime variable evaluation yielded an invalid ${nameOf(definition.condition2.pattern)} '${source}' for ${definition.type} rule: ${fault}`
    )
    const key = `${rule.fileName} | ${rule.number} | ${description}`
    core.host.log(2, `Can't start ${definition.type} event correlation operation with the key '${key}'`)
    return first.continue
  }
  const state: PairState = { pattern2: source }
  const operation = core.operations.start(rule.id, description, core.now, captured, state)
  addEvidence(operation, core)
  if (definition.type === 'Pair') {
    new ActionScope(core, rule.id, description, bindings, { operation }).run(definition.actions)
  }
  return first.continue
}

/**
 * Every running operation of the rule may match. A match ends it; with a Pair's operation that is due, the match does
 * no more than that (what it brings into the cache stays), a PairWithWindow's acts all the same.
 */
function observeSecond(rule: Rule<PairDefinition>, core: Core): Continuation | undefined {
  const second = rule.conditions[1] as Condition
  let continuation: Continuation | undefined
  for (const operation of core.operations.ofRule(rule.id) as Operation<PairState>[]) {
    if (!core.operations.isRunning(operation)) continue
    const pattern = secondPattern(rule.definition.condition2.pattern, operation)
    const bindings = matchCondition(second, rule, core, operation.captured, pattern ?? second.pattern)
    if (bindings === undefined) continue
    if (rule.definition.type === 'Pair' && core.operations.isDue(operation, core.now)) {
      core.operations.end(operation)
      continue
    }
    continuation = second.continue
    const description = substituteMatchVariables(rule.definition.description2, bindings)
    addEvidence(operation, core)
    new ActionScope(core, rule.id, description, bindings, { operation }).run(rule.definition.actions2)
    core.operations.end(operation)
  }
  return continuation
}

/** The second pattern's source for an operation that starts, `undefined` if it refers to nothing. */
function secondSource(
  { type, source }: PatternDefinition,
  captured: MatchBinding | undefined
): string | undefined {
  if (captured === undefined || !source.includes('$')) return undefined
  if (type === 'SubStr') return substituteMatchVariables(source, { dollar: captured })
  if (type === 'Record') return substituteMatchVariables(source, { dollar: quotedForCel(captured) })
  return type === 'RegExp' ? substituteMatchVariables(source, { dollar: captured }, quotemeta) : undefined
}

function faultOf({ type }: PatternDefinition, source: string): string | undefined {
  if (type !== 'RegExp' && type !== 'Record') return undefined
  const result = type === 'RegExp' ? compilePerlRegExp(source) : compileCel(source)
  return result.ok ? undefined : result.message
}

function nameOf({ type }: PatternDefinition): string {
  return type === 'Record' ? 'CEL expression' : 'regular expression'
}

// Derived from the operation's state, so that it need not be part of it.
const secondPatterns = new WeakMap<Operation<PairState>, CompiledPattern>()

function secondPattern(
  definition: PatternDefinition,
  operation: Operation<PairState>
): CompiledPattern | undefined {
  const { pattern2 } = operation.state
  if (pattern2 === undefined) return undefined
  let pattern = secondPatterns.get(operation)
  if (pattern === undefined) {
    pattern = compilePattern({ ...definition, source: pattern2 })
    secondPatterns.set(operation, pattern)
  }
  return pattern
}
