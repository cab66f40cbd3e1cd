import type { Core } from './core.ts'
import type { Rule } from './rules/rule.ts'

/** What is to be said of a rule once, however often it comes up. */
export class RuleReports {
  /** How many programs were not run, since the stage allows none. */
  programsNotRun = 0
  readonly #core: Core
  readonly #said = new Set<string>()

  constructor(core: Core) {
    this.#core = core
  }

  /** The rules are others now. */
  clear(): void {
    this.#said.clear()
  }

  /** Logs that a pattern could not be evaluated, once for each `kind`. */
  fault(rule: Rule, kind: string, message: string): void {
    if (this.#isNew(`fault ${rule.id} ${kind}`)) this.#core.host.log(2, `${placeOf(rule)}: ${message}`)
  }

  /** Logs that what a rule has reached is not built yet, once for each construct. */
  notYet(rule: number, construct: string): void {
    if (!this.#isNew(`not yet ${rule} ${construct}`)) return
    this.#core.host.log(2, `${placeOf(this.#core.ruleSet.rules[rule] as Rule)}: ${construct}, not yet`)
  }

  /** Counts that a program was not run, and logs it once. */
  programNotRun(rule: number, origin: string): void {
    this.programsNotRun++
    if (!this.#isNew(`program ${rule}`)) return
    // Of a context's expiry actions the rule may be gone.
    const found = this.#core.ruleSet.rules[rule]
    const where = found === undefined ? 'Rule that is gone' : placeOf(found)
    this.#core.host.log(3, `${where}: ${origin} runs no program, as this stage does not allow it`)
  }

  #isNew(key: string): boolean {
    if (this.#said.has(key)) return false
    this.#said.add(key)
    return true
  }
}

function placeOf({ fileName, definition }: Rule): string {
  return `Rule in ${fileName} at line ${definition.line}`
}
