import { compileRules } from '../rules/compile.ts'
import type { VariableMapDefinition } from '../patterns/definition.ts'
import type {
  ConditionDefinition,
  RuleDefinition,
  RuleFileDefinition,
  RuleTypeName
} from '../rules/definition.ts'
import type { Rule, RuleSet } from '../rules/rule.ts'
import type { ContextTouch, OperationTouch } from './action-facts.ts'
import type { SplitKey } from './key.ts'
import { lookupOf, type LookupSurroundings } from './lookup.ts'
import { mayMatch } from './may-match.ts'
import { itemsOfShape, overlap } from './overlap.ts'
import { reachedByOthers } from './reach.ts'
import { factsOf, type FactsSurroundings, type RuleFacts } from './rule-facts.ts'
import { ANYTHING, hasKey, type KeyReadings, type KeyValue, keyReadings, type Shape } from './shape.ts'
import { setsUpAtStart, sharedVariables } from './shared-variables.ts'
import type { Lookup } from './template.ts'

/** Whether a rule does the same where each key's records go through a correlator of their own or one for several keys. */
export interface SplitVerdict {
  readonly file: string
  /** First line of the rule, from 1. */
  readonly line: number
  readonly type: RuleTypeName
  /** `if`: it does, as far as holds what `because` says; what it says of other rules must hold too. */
  readonly split: 'yes' | 'if' | 'no'
  readonly because: readonly string[]
}

export interface SplitOptions {
  readonly key: SplitKey
  /** Whether SEC_STARTUP is given to the rules, in each part of the stream. */
  readonly internalEvents: boolean
  /** Whether rules run programs, whose output may become events. */
  readonly runsPrograms: boolean
}

/**
 * Judges each rule of a rule set, in order. A rule can be split if what it remembers, and all by which it goes, is told
 * apart by the key. In doubt it can't.
 */
export function splitVerdicts(files: readonly RuleFileDefinition[], options: SplitOptions): SplitVerdict[] {
  return new Judge(compileRules(files), options).judge()
}

const HAS_KEY = 'each line that it matches has a key'

class Judge {
  readonly #ruleSet: RuleSet
  readonly #options: SplitOptions
  readonly #facts: readonly RuleFacts[]
  readonly #faults = new Map<Rule, Set<string>>()
  readonly #assumptions = new Map<Rule, Set<string>>()
  /** Rules whose match depends on more than the line and its key. */
  readonly #openMatches = new Set<Rule>()
  #changed = false

  constructor(ruleSet: RuleSet, options: SplitOptions) {
    this.#ruleSet = ruleSet
    this.#options = options
    this.#facts = allFacts(ruleSet, options)
    for (const { rule } of this.#facts) {
      this.#faults.set(rule, new Set())
      this.#assumptions.set(rule, new Set())
    }
  }

  judge(): SplitVerdict[] {
    for (const facts of this.#facts) this.#judgeAlone(facts)
    do {
      this.#changed = false
      for (const facts of this.#facts) this.#judgeAmongOthers(facts)
      for (const [rule, by] of reachedByOthers(this.#ruleSet, rule => this.#openMatches.has(rule))) {
        this.#refuse(
          rule,
          `gets the lines that ${this.#name(by, rule)} leaves to it, which can't be split`,
          true
        )
      }
    } while (this.#changed)
    return this.#facts.map(({ rule }) => this.#verdict(rule))
  }

  #verdict(rule: Rule): SplitVerdict {
    const { fileName: file, definition } = rule
    const faults = [...(this.#faults.get(rule) ?? [])]
    const assumptions = [...(this.#assumptions.get(rule) ?? [])]
    const head = { file, line: definition.line, type: definition.type }
    if (faults.length > 0) return { ...head, split: 'no', because: faults }
    return { ...head, split: assumptions.length > 0 ? 'if' : 'yes', because: assumptions }
  }

  #judgeAlone(facts: RuleFacts): void {
    const { rule, faults, matchFaults, operationNames, second, contexts } = facts
    for (const fault of faults) this.#refuse(rule, fault)
    for (const fault of matchFaults) this.#refuse(rule, fault, true)
    for (const { name, template } of operationNames)
      this.#needKey(rule, name, `the operation key "${template}"`)
    for (const { name, template } of operationNames) {
      for (const other of operationNames) {
        if (keyReadings(name).size === 0 || keyReadings(other.name).size === 0) continue
        if (this.#sameKey(name, other.name)) continue
        this.#refuse(
          rule,
          `"${template}" may name one operation for two keys, as its patterns have the key in different places`
        )
      }
    }
    if (second !== undefined) {
      if (second.link === undefined) {
        this.#refuse(
          rule,
          'its second pattern may match lines of other keys than the first; expected the key of the first in it, between what is in no key'
        )
      } else for (const each of second.link.assumptions) this.#assume(rule, each)
    }
    for (const { name, template, writes } of contexts) {
      if (writes) this.#needKey(rule, name, `the context "${template}", which it changes,`)
    }
    if (
      rule.definition.type === 'SingleWithScript' &&
      this.#facts.some(other => other.contexts.some(each => each.writes))
    ) {
      this.#refuse(rule, 'gives its program the names of all contexts, whatever their keys')
    }
    const startup: Shape = ['SEC_STARTUP']
    if (
      this.#options.internalEvents &&
      !setsUpAtStart(rule.definition) &&
      facts.patterns.some(each => mayMatch(each, startup))
    ) {
      this.#refuse(rule, 'matches SEC_STARTUP, which comes once in each part of the stream')
    }
    const isKeyed = facts.lookups.length > 0 && facts.lookups.every(lookup => this.#bringsKey(lookup))
    if (this.#options.key.withoutKey === 'apart' && !isKeyed) this.#assume(rule, HAS_KEY)
  }

  #judgeAmongOthers(facts: RuleFacts): void {
    const { rule } = facts
    const refused = this.#isRefused(rule)
    // A line goes to the second pattern of whatever operations run.
    if ('condition2' in rule.definition && refused) this.#open(rule)
    for (const entry of facts.cacheEntries) this.#judgeCacheEntry(rule, entry)
    for (const touch of facts.contexts) if (touch.reads) this.#judgeReading(facts, touch)
    for (const touch of facts.operations) this.#judgeOperationTouch(facts, touch)
    for (const other of this.#facts) {
      if (!this.#isRefused(other.rule) || other === facts) continue
      if (other.events.some(text => facts.patterns.some(each => mayMatch(each, text)))) {
        this.#refuse(
          rule,
          `may match the synthetic events of ${this.#name(other.rule, rule)}, which can't be split`
        )
      }
    }
  }

  #judgeCacheEntry(rule: Rule, entry: string): void {
    for (const other of this.#ruleSet.rules) {
      if (other === rule || !this.#openMatches.has(other)) continue
      if (!variableMapsOf(other.definition).some(map => map.entries.includes(entry))) continue
      this.#refuse(
        rule,
        `goes by the match "${entry}" of ${this.#name(other, rule)}, which can't be split`,
        true
      )
    }
  }

  #judgeReading({ rule }: RuleFacts, { name, template, inCondition }: ContextTouch): void {
    for (const writer of this.#facts) {
      for (const written of writer.contexts) {
        if (!written.writes || !overlap(itemsOfShape(name), itemsOfShape(written.name))) continue
        // That it changes it for all keys was said.
        if (writer.rule === rule && keyReadings(written.name).size === 0) continue
        const by = writer.rule === rule ? 'it' : this.#name(writer.rule, rule)
        if (!this.#sameKey(name, written.name)) {
          const what = `goes by the context "${template}", which ${by} changes ${written.template === template ? '' : `as "${written.template}" `}for other keys too`
          this.#refuse(rule, what, inCondition)
        } else if (this.#isRefused(writer.rule) && writer.rule !== rule) {
          this.#refuse(
            rule,
            `goes by the context "${template}", which ${by} changes, and that can't be split`,
            inCondition
          )
        } else this.#useKey(rule, keyReadings(name))
      }
    }
  }

  #judgeOperationTouch({ rule }: RuleFacts, { action, offset, description, template }: OperationTouch): void {
    for (const target of this.#targets(rule, offset)) {
      for (const { name } of target.operationNames) {
        if (!overlap(itemsOfShape(name), itemsOfShape(description))) continue
        const by = this.#name(rule, target.rule)
        if (!this.#sameKey(name, description)) {
          this.#refuse(rule, `reaches for operations of other keys (${action} "${template}")`)
          if (action !== 'getwpos')
            this.#refuse(target.rule, `${by} changes its operations for other keys (${action})`)
          continue
        }
        this.#useKey(rule, keyReadings(description))
        if (action === 'getwpos' && this.#isRefused(target.rule) && target.rule !== rule) {
          this.#refuse(rule, `looks at operations of ${this.#name(target.rule, rule)}, which can't be split`)
        }
        if (action !== 'getwpos' && this.#isRefused(rule) && target.rule !== rule) {
          this.#refuse(target.rule, `${by}, which can't be split, changes its operations (${action})`)
        }
      }
    }
  }

  #targets(rule: Rule, offset: string | undefined): readonly RuleFacts[] {
    const { rules } = this.#ruleSet.fileOf(rule.id)
    if (offset === undefined) return this.#facts.filter(facts => rules.includes(facts.rule))
    const isRelative = /^[+-]/.test(offset) || Number(offset) === 0
    const target = rules[isRelative ? rule.number + Number(offset) : Number(offset) - 1]
    return this.#facts.filter(facts => facts.rule === target)
  }

  /** Whether two texts, where they are the same, are of one key. */
  #sameKey(one: Shape, other: Shape): boolean {
    if (!overlap(itemsOfShape(one), itemsOfShape(other))) return true
    const readings = keyReadings(other)
    return [...keyReadings(one).keys()].some(reading => readings.has(reading))
  }

  #needKey(rule: Rule, name: Shape, what: string): void {
    const readings = keyReadings(name)
    if (readings.size > 0) this.#useKey(rule, readings)
    else if (hasKey(name))
      this.#refuse(
        rule,
        `${what} may come out the same for two keys, since its parts may run into each other`
      )
    else this.#refuse(rule, `${what} does not contain the key`)
  }

  #useKey(rule: Rule, readings: KeyReadings): void {
    const [best] = [...readings.values()].sort((a, b) => a.assumptions.length - b.assumptions.length)
    if (best === undefined) return
    for (const each of best.assumptions) this.#assume(rule, each)
    if (!best.isPresent && this.#options.key.withoutKey === 'spread') this.#assume(rule, HAS_KEY)
  }

  #bringsKey(lookup: Lookup | undefined): boolean {
    if (lookup === undefined) return false
    const names = [
      ...this.#options.key.variables,
      ...Array.from({ length: 20 }, (_, index) => String(index + 1))
    ]
    const keys = names.flatMap(name =>
      lookup
        .variable(name)
        .flatMap((part): KeyValue[] => (typeof part === 'string' || part.key === undefined ? [] : [part.key]))
    )
    return keys.some(({ isPresent }) => isPresent)
  }

  #refuse(rule: Rule, fault: string, isOfMatch = false): void {
    const faults = this.#faults.get(rule) as Set<string>
    if (!faults.has(fault)) {
      faults.add(fault)
      this.#changed = true
    }
    if (isOfMatch) this.#open(rule)
  }

  #open(rule: Rule): void {
    if (this.#openMatches.has(rule)) return
    this.#openMatches.add(rule)
    this.#changed = true
  }

  #assume(rule: Rule, assumption: string): void {
    this.#assumptions.get(rule)?.add(assumption)
  }

  #isRefused(rule: Rule): boolean {
    return (this.#faults.get(rule)?.size ?? 0) > 0
  }

  /** A rule, as another one's message calls it. */
  #name(rule: Rule, from: Rule): string {
    const { line } = rule.definition
    return rule.fileName === from.fileName
      ? `the rule at line ${line}`
      : `the rule in ${rule.fileName} at line ${line}`
  }
}

/** The facts of all rules: first without the synthetic events and rewritten lines, which they tell of. */
function allFacts(ruleSet: RuleSet, { key, runsPrograms }: SplitOptions): RuleFacts[] {
  const { rules } = ruleSet
  const sharedVariable = sharedVariables(rules.map(({ definition }) => definition))
  const facts = (isRewritten: boolean, maySeeSynthetic: (rule: Rule) => boolean): RuleFacts[] => {
    const surroundingsOf = (rule: Rule): FactsSurroundings => ({
      key,
      isRewritten,
      maySeeSynthetic: maySeeSynthetic(rule),
      storersOf: entry => rules.flatMap(each => storersIn(each.definition, entry, surroundingsOf(each))),
      sharedVariable,
      runsPrograms
    })
    return rules.map(rule => factsOf(rule, surroundingsOf(rule)))
  }
  const first = facts(false, () => false)
  const events = first.flatMap(each => each.events)
  const seeing = new Set(
    first
      .filter(({ patterns }) => events.some(text => patterns.some(each => mayMatch(each, text))))
      .map(({ rule }) => rule)
  )
  return facts(
    first.some(({ rewrites }) => rewrites),
    rule => seeing.has(rule)
  )
}

function variableMapsOf(definition: RuleDefinition): readonly VariableMapDefinition[] {
  const conditions = [
    ...conditionsOf(definition),
    ...('condition2' in definition ? [definition.condition2] : [])
  ]
  return conditions.flatMap(({ variableMap }) => variableMap ?? [])
}

/** What goes into the cache under a name. */
function storersIn(definition: RuleDefinition, entry: string, surroundings: LookupSurroundings): Lookup[] {
  const lookups = conditionsOf(definition)
    .filter(({ variableMap }) => variableMap?.entries.includes(entry) === true)
    .flatMap(condition => lookupOf(condition, surroundings) ?? [])
  // The second pattern of a Pair may be a template.
  const second = 'condition2' in definition ? definition.condition2.variableMap : undefined
  const anything: Lookup = { variable: () => [ANYTHING], entry: () => [ANYTHING] }
  return second?.entries.includes(entry) === true ? [...lookups, anything] : lookups
}

function conditionsOf(definition: RuleDefinition): readonly ConditionDefinition[] {
  if (definition.type === 'Calendar') return []
  return definition.type === 'EventGroup'
    ? definition.members.map(({ condition }) => condition)
    : [definition.condition]
}
