import type { Core } from './core.ts'
import type { Rule, RuleFile, RuleSet } from './rules/rule.ts'
import { RuleUsage } from './rule-usage.ts'

/** Tries the rules of a rule set on the line being matched: file by file, until one says that the others are not to. */
export class Matching {
  readonly usage: RuleUsage
  readonly #ruleSet: RuleSet
  readonly #core: Core
  /** Sets whose rules are being tried, outermost first: a Jump back into one of them is a loop. */
  readonly #activeSets: string[] = []

  constructor(ruleSet: RuleSet, core: Core) {
    this.#ruleSet = ruleSet
    this.#core = core
    this.usage = new RuleUsage(ruleSet.rules.length)
  }

  /** Tries the files whose rules see every line. */
  tryMainFiles(): void {
    // What a fault has left of it.
    this.#activeSets.length = 0
    this.#tryFiles(this.#ruleSet.mainFiles)
  }

  /** Tries the files of a configuration file set, for a Jump rule. */
  trySet(name: string, rule: Rule): 'EndMatch' | undefined {
    const files = this.#ruleSet.sets.get(name)
    const { host } = this.#core
    if (files === undefined) {
      host.log(3, `Can't jump to fileset '${name}' from ${rule.fileName}, set does not exist`)
      return undefined
    }
    if (this.#activeSets.includes(name)) {
      host.log(3, `Can't jump to fileset '${name}' from ${rule.fileName}, loop detected`)
      return undefined
    }
    this.#activeSets.push(name)
    const verdict = this.#tryFiles(files)
    this.#activeSets.pop()
    return verdict
  }

  #tryFiles(files: readonly RuleFile[]): 'EndMatch' | undefined {
    for (const file of files) {
      if (this.#tryFile(file) === 'EndMatch') return 'EndMatch'
    }
    return undefined
  }

  #tryFile({ rules, groups, labels }: RuleFile): 'EndMatch' | undefined {
    const { usage } = this
    const { buffers, host } = this.#core
    const { stopwatch } = host
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index] as Rule
      const group = groups[index]
      if (group !== undefined && !group.texts.test(buffers.text(1))) {
        usage.passed(rule.id, group.end - index)
        index = group.end - 1
        continue
      }
      const start = stopwatch === undefined ? 0 : stopwatch()
      const verdict = rule.type.observe?.(rule, this.#core)
      usage.evaluations[rule.id] = (usage.evaluations[rule.id] as number) + 1
      if (verdict !== undefined) {
        usage.matches[rule.id] = (usage.matches[rule.id] as number) + 1
        usage.hasMatched = true
      }
      if (stopwatch !== undefined) {
        usage.durationMs[rule.id] = (usage.durationMs[rule.id] as number) + stopwatch() - start
      }
      switch (verdict?.type) {
        case 'DontCont':
          return undefined
        case 'EndMatch':
          return 'EndMatch'
        case 'GoTo': {
          // A label that is unknown or lies behind was warned about at load and means DontCont.
          const target = labels.get(verdict.label)
          if (target === undefined || target <= index) return undefined
          index = target - 1
          break
        }
        default: // no match, or TakeNext
      }
    }
    return undefined
  }
}
