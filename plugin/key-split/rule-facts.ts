import type { ActionListDefinition } from '../actions/definition.ts'
import type { ContextExpressionDefinition, ContextNode } from '../contexts/definition.ts'
import type { PatternDefinition } from '../patterns/definition.ts'
import type { ConditionDefinition } from '../rules/definition.ts'
import type { Rule } from '../rules/rule.ts'
import { type ActionFacts, collectActions, type ContextTouch, emptyFacts } from './action-facts.ts'
import { type LookupSurroundings, lookupOf } from './lookup.ts'
import { type SecondPattern, secondPattern } from './second-pattern.ts'
import type { Shape } from './shape.ts'
import { type Bindings, expand, type Lookup } from './template.ts'

/** What a rule does to what is not its own, and by what it goes. */
export interface RuleFacts extends ActionFacts {
  readonly rule: Rule
  /** Why the rule's match depends on other lines, whatever the key. */
  readonly matchFaults: Set<string>
  /** What its operations may be called, by each of its patterns; empty: it has none. */
  readonly operationNames: readonly { readonly name: Shape; readonly template: string }[]
  readonly second: SecondPattern | undefined
  /** What its patterns look for. */
  readonly patterns: readonly PatternDefinition[]
  readonly lookups: readonly (Lookup | undefined)[]
  /** Entries of the match cache that it goes by. */
  readonly cacheEntries: ReadonlySet<string>
}

export interface FactsSurroundings extends LookupSurroundings {
  readonly sharedVariable: (name: string) => Shape | undefined
  readonly runsPrograms: boolean
}

/** Looks at one rule by itself. */
export function factsOf(rule: Rule, surroundings: FactsSurroundings): RuleFacts {
  return new Collector(rule, surroundings).collect()
}

class Collector {
  readonly #rule: Rule
  readonly #surroundings: FactsSurroundings
  readonly #facts = emptyFacts()
  readonly #matchFaults = new Set<string>()
  readonly #cacheEntries: Set<string>
  readonly #names: { name: Shape; template: string }[] = []

  constructor(rule: Rule, surroundings: FactsSurroundings) {
    this.#rule = rule
    this.#surroundings = surroundings
    this.#cacheEntries = new Set(rule.cacheEntries)
  }

  collect(): RuleFacts {
    const { definition } = this.#rule
    let lookups: readonly (Lookup | undefined)[] = []
    let patterns: readonly PatternDefinition[] = []
    let second: SecondPattern | undefined
    switch (definition.type) {
      case 'Calendar':
        this.#facts.faults.add('acts on the clock, once in each part of the stream')
        this.#context(definition.context, {})
        this.#list(definition.actions, [definition.description], {})
        break
      case 'EventGroup': {
        const { members, init, end, slide, actions } = definition
        lookups = members.map(({ condition }) => this.#condition(condition))
        patterns = members.map(({ condition }) => condition.pattern)
        for (const [index, { condition, count }] of members.entries()) {
          const dollar = lookups[index]
          const description = this.#operation(definition.description, dollar)
          this.#list(count, description, { dollar }, condition.context)
          for (const list of [init, end, slide, actions]) this.#list(list, description, { dollar })
        }
        const { groupPattern } = definition
        if (groupPattern?.type === 'PerlFunc') this.#facts.faults.add(RUNS_PERL)
        break
      }
      case 'Pair':
      case 'PairWithWindow': {
        const { condition, condition2, actions, actions2 } = definition
        const first = this.#condition(condition)
        const description = this.#operation(definition.description, first)
        second = secondPattern(condition2, first, this.#surroundings)
        const bindings = setsVariables(condition2.pattern)
          ? { dollar: second.lookup, percent: first }
          : { dollar: first }
        this.#pattern(condition2.pattern)
        this.#context(
          condition2.context,
          condition2.context?.beforePattern === true && setsVariables(condition2.pattern)
            ? { percent: first }
            : bindings
        )
        this.#list(actions, description, { dollar: first }, condition.context)
        this.#list(actions2, expand(definition.description2, bindings), bindings)
        lookups = [first, second.lookup]
        patterns = [condition.pattern, second.pattern]
        break
      }
      default: {
        const { condition } = definition
        const dollar = this.#condition(condition)
        lookups = [dollar]
        patterns = [condition.pattern]
        if (definition.type === 'Jump' || definition.type === 'Suppress') break
        const hasOperation = definition.type !== 'Single' && definition.type !== 'SingleWithScript'
        const description = hasOperation
          ? this.#operation(definition.description, dollar)
          : expand(definition.description, { dollar })
        const isAtOnce = definition.type === 'Single' || definition.type === 'SingleWithSuppress'
        this.#list(definition.actions, description, { dollar }, isAtOnce ? condition.context : undefined)
        if (definition.type === 'SingleWithScript' || definition.type === 'SingleWithThreshold') {
          this.#list(definition.actions2, description, { dollar })
        } else if (definition.type === 'SingleWith2Thresholds') {
          this.#list(definition.actions2, expand(definition.description2, { dollar }), { dollar })
        }
      }
    }
    return {
      ...this.#facts,
      rule: this.#rule,
      matchFaults: this.#matchFaults,
      operationNames: this.#names,
      second,
      patterns,
      lookups,
      cacheEntries: this.#cacheEntries
    }
  }

  #condition(condition: ConditionDefinition): Lookup | undefined {
    this.#pattern(condition.pattern)
    const lookup = lookupOf(condition, this.#surroundings)
    this.#context(condition.context, condition.context?.beforePattern === true ? {} : { dollar: lookup })
    return lookup
  }

  #pattern({ type, lines, source }: PatternDefinition): void {
    if (type === 'Cached') this.#cacheEntries.add(source)
    if (type === 'PerlFunc') this.#matchFaults.add(RUNS_PERL)
    if (lines > 1) this.#matchFaults.add(`looks at ${lines} lines at once, which may be of several keys`)
  }

  #context(expression: ContextExpressionDefinition | undefined, bindings: Bindings): void {
    if (expression === undefined) return
    const visit = (node: ContextNode): void => {
      switch (node.type) {
        case 'context': {
          const { name: template } = node
          const touch: ContextTouch = {
            name: expand(template, bindings),
            template,
            reads: true,
            writes: false,
            inCondition: true
          }
          this.#facts.contexts.push(touch)
          break
        }
        case 'not':
        case 'group':
          visit(node.operand)
          break
        case 'and':
        case 'or':
          visit(node.left)
          visit(node.right)
          break
        case 'perl':
        case 'call':
          this.#matchFaults.add(RUNS_PERL)
          break
        case 'varset':
          this.#cacheEntries.add(node.entry)
      }
    }
    visit(expression.root)
  }

  /** Names the operations that a pattern leads to. */
  #operation(template: string, dollar: Lookup | undefined): Shape {
    const name = expand(template, { dollar })
    this.#names.push({ name, template })
    return name
  }

  #list(
    list: ActionListDefinition,
    description: Shape,
    bindings: Pick<Bindings, 'dollar' | 'percent'>,
    context?: ContextExpressionDefinition
  ): void {
    const { sharedVariable, runsPrograms } = this.#surroundings
    const existing = new Set(context === undefined ? [] : requiredContexts(context.root))
    collectActions(list, {
      facts: this.#facts,
      description,
      bindings,
      sharedVariable,
      existing,
      runsPrograms
    })
  }
}

const RUNS_PERL = 'runs Perl code, which remembers what it likes for all keys'

function setsVariables({ type, negated }: PatternDefinition): boolean {
  return type === 'RegExp' || type === 'Record' || type === 'PerlFunc' || (type === 'Cached' && !negated)
}

/** Templates of contexts without which an expression is false. */
function requiredContexts(node: ContextNode): string[] {
  switch (node.type) {
    case 'context':
      return [node.name]
    case 'and':
      return [...requiredContexts(node.left), ...requiredContexts(node.right)]
    case 'group':
      return requiredContexts(node.operand)
    default:
      return []
  }
}
