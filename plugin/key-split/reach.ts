import type { Continuation, RuleDefinition } from '../rules/definition.ts'
import type { Rule, RuleFile, RuleSet } from '../rules/rule.ts'

/**
 * The rules that see a line or don't by what another rule has made of it, where that rule's match depends on more than the
 * key of the line. Rule → that other rule.
 */
export function reachedByOthers(
  ruleSet: RuleSet,
  dependsOnMore: (rule: Rule) => boolean
): ReadonlyMap<Rule, Rule> {
  return new Reach(ruleSet, dependsOnMore).find()
}

class Reach {
  readonly #ruleSet: RuleSet
  readonly #dependsOnMore: (rule: Rule) => boolean
  readonly #found = new Map<Rule, Rule>()
  /** Of a file set: the rule that decides whether the files behind it are tried. */
  readonly #sets = new Map<string, Rule | undefined>()

  constructor(ruleSet: RuleSet, dependsOnMore: (rule: Rule) => boolean) {
    this.#ruleSet = ruleSet
    this.#dependsOnMore = dependsOnMore
  }

  find(): ReadonlyMap<Rule, Rule> {
    this.#files(this.#ruleSet.mainFiles, undefined)
    return this.#found
  }

  /** Yields the rule that may end the matching of a line. */
  #files(files: readonly RuleFile[], cause: Rule | undefined): Rule | undefined {
    let decider = cause
    let ending: Rule | undefined
    for (const file of files) {
      const end = this.#file(file, decider)
      decider ??= end
      ending ??= end
    }
    return ending
  }

  #file({ rules }: RuleFile, cause: Rule | undefined): Rule | undefined {
    let decider = cause
    let ending: Rule | undefined
    for (const rule of rules) {
      if (decider !== undefined && !this.#found.has(rule)) this.#found.set(rule, decider)
      const isOpen = decider !== undefined || this.#dependsOnMore(rule)
      const { definition } = rule
      if (definition.type === 'Jump') {
        const end = this.#jump(definition, isOpen ? rule : undefined)
        ending ??= end
        decider ??= end
      }
      if (!isOpen) continue
      const ways = continuationsOf(definition).map(({ type }) => type)
      if (ways.some(type => type !== 'TakeNext')) decider ??= rule
      if (ways.includes('EndMatch')) ending ??= rule
    }
    return ending
  }

  #jump(
    { sets, constantSets }: Extract<RuleDefinition, { readonly type: 'Jump' }>,
    cause: Rule | undefined
  ): Rule | undefined {
    // A name with match variables may come out as any.
    const names = constantSets ? sets : [...this.#ruleSet.sets.keys()]
    let ending: Rule | undefined
    for (const name of names) {
      const state = `${cause === undefined ? 'sure' : 'open'} ${name}`
      if (!this.#sets.has(state)) {
        this.#sets.set(state, undefined)
        this.#sets.set(state, this.#files(this.#ruleSet.sets.get(name) ?? [], cause))
      }
      ending ??= this.#sets.get(state)
    }
    return ending
  }
}

function continuationsOf(definition: RuleDefinition): readonly Continuation[] {
  switch (definition.type) {
    case 'Calendar':
      return []
    case 'Pair':
    case 'PairWithWindow':
      return [definition.condition.continue, definition.condition2.continue]
    case 'EventGroup':
      return definition.members.map(({ condition }) => condition.continue)
    default:
      return [definition.condition.continue]
  }
}
