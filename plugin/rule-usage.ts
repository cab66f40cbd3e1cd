/** How often the rules of a rule set were tried and matched, by rule id. */
export class RuleUsage {
  readonly evaluations: Float64Array
  readonly matches: Float64Array
  /** How often a pattern could not be evaluated (Record). */
  readonly faults: Float64Array
  /** Milliseconds that a rule took, its actions included; only counted while the host measures. */
  readonly durationMs: Float64Array

  /** Lines of inputs that a rule matched. */
  matchedLines = 0
  /** Whether one has matched the line that is being handled. */
  hasMatched = false

  constructor(rules: number) {
    this.evaluations = new Float64Array(rules)
    this.matches = new Float64Array(rules)
    this.faults = new Float64Array(rules)
    this.durationMs = new Float64Array(rules)
  }

  /** Neighbours, from a rule on, were found not to match. */
  passed(rule: number, count: number): void {
    for (let id = rule; id < rule + count; id++) {
      this.evaluations[id] = (this.evaluations[id] as number) + 1
    }
  }
}
