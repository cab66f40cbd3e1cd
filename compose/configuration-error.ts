/** A stage that can't be made of what was given. */
export class ConfigurationError extends Error {
  readonly code = 'CONFIGURATION'
  /** Everything that is wrong, each with its place, its value and what was expected. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigurationError'
    this.problems = problems
  }
}
