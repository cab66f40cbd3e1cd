import convict from 'convict'
import { optionFormat } from './formats.ts'
import { parseArguments } from './getopt.ts'
import { type OptionDescription, type OptionName, type SecOptions, secSchema } from './schema.ts'

export interface SecCommandLine {
  readonly options: SecOptions
  /** What is wrong, in SEC's words and order; for each of these the option's default counts. For standard error. */
  readonly messages: readonly string[]
  /** Options that were given and have no effect yet, as on the command line: `--keepopen`. */
  readonly notYet: readonly string[]
}

/**
 * Options from SEC's command line, the resource file's lines (`parseResourceFile`) behind it. Arguments are byte strings
 * (latin1). Never fails: what SEC can't take is reported and passed over.
 */
export function parseSecCommandLine(args: readonly string[]): SecCommandLine {
  const { given, messages: syntaxMessages } = parseArguments(args)
  const messages = [...syntaxMessages]
  const values: Partial<Record<OptionName, unknown>> = {}
  for (const name of Object.keys(secSchema) as OptionName[]) {
    const description: OptionDescription<unknown> = secSchema[name]
    const { list, requirement, accepts } = optionFormat(description.format)
    const all = given.get(name)
    if (all !== undefined) {
      const usable = all.filter(value => value !== '')
      const value = list ? usable : all.at(-1)
      if (accepts(value)) values[name] = value
      if (!accepts(list ? all : value)) {
        messages.push(`'--${description.arg}' option requires ${requirement ?? 'no value'}`)
      }
    }
    const missing = missingPartner(name, values)
    if (missing !== undefined) messages.push(missing)
  }
  const config = convict<SecOptions>(secSchema, { args: [], env: {} })
  config.load(values)
  config.validate({ allowed: 'strict' })
  const notYet = [...given.keys()].filter(name => secSchema[name].notYet === true)
  return {
    options: config.getProperties(),
    messages,
    notYet: notYet.map(name => `--${secSchema[name].arg}`)
  }
}

/** Drops an option that means nothing without another one. Called in the order of the options. */
function missingPartner(name: OptionName, values: Partial<Record<OptionName, unknown>>): string | undefined {
  if (name === 'timeoutScript' && values.inputTimeout && values.timeoutScript === undefined) {
    delete values.inputTimeout
    return "'--input-timeout' option requires the '--timeout-script' option"
  }
  if (
    name === 'group' &&
    Array.isArray(values.group) &&
    values.group.length > 0 &&
    values.user === undefined
  ) {
    delete values.group
    return "'--group' option requires the '--user' option"
  }
  return undefined
}
