import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { systemErrorText } from '../adapters/system-error.ts'
import { readSecret } from '../compose/secret.ts'
import { type Description, kindOf, type ValueDescription } from '../config/stage/description.ts'
import { oneOf } from '../config/stage/formats.ts'
import { type NamedOption, namedOptions } from '../config/stage/options.ts'
import { urlForms } from '../config/stage/part-text.ts'
import {
  type GivenOption,
  type ResolvedConfiguration,
  resolveConfiguration
} from '../config/stage/resolve.ts'
import type { YamlFile } from '../config/stage/yaml-file.ts'

/** What the command line of `correlog run` and `correlog check` has. */
export interface StageArguments {
  readonly config: string | undefined
  readonly options: readonly GivenOption[]
}

/** Gives a command the options that the schema has for the command line; what they get is collected in order. */
export function addStageOptions(command: Command): () => StageArguments {
  const options: GivenOption[] = []
  command.addOption(new Option('--config <file>', 'The configuration file, YAML.').env('CORRELOG_CONFIG'))
  for (const option of namedOptions) {
    const { arg } = option
    if (arg === undefined) continue
    command.addOption(new Option(flagsOf(option), describe(option)))
    command.on(`option:${arg}`, (text?: string) => void options.push({ arg, text: text ?? true }))
  }
  return () => ({ config: command.opts<{ config?: string }>().config, options })
}

/** Gives `correlog check` the option that it has beside those. */
export function addSplitOption(command: Command): () => string | undefined {
  const { usage, doc } = SPLIT_OPTION
  command.addOption(new Option(usage, doc))
  return () => command.opts<{ splitBy?: string }>().splitBy
}

export const SPLIT_OPTION = {
  usage: '--split-by <key>',
  doc: 'Say of each rule whether it can be split by a key (regexp:PATTERN, field:FIELD or cel:EXPRESSION).'
} as const

/** `--from <url>` */
export function flagsOf({ arg, value }: NamedOption): string {
  return value === undefined ? `--${arg}` : `--${arg} <${value}>`
}

function describe({ doc, env, repeats, description }: NamedOption): string {
  const known = kindOf(description)
  const forms = known.kind === 'parts' ? [`${oneOf(urlForms(known.description.types))}`] : []
  const notes = [
    ...forms,
    ...wordsOf(description),
    ...(repeats ? ['may be repeated'] : []),
    ...(env === undefined ? [] : [`env: ${env}`])
  ]
  return notes.length === 0 ? doc : `${doc} (${notes.join('; ')})`
}

/** Reads the file and brings in the command line and the environment. */
export async function resolveArguments(
  { config, options }: StageArguments,
  router = false
): Promise<ResolvedConfiguration> {
  const problems: string[] = []
  const given =
    config === undefined ? undefined : await readConfiguration(config, problem => problems.push(problem))
  if (problems.length > 0) return { problems }
  return resolveConfiguration({ given, options, env: process.env, secret: readSecret, router })
}

/** Of which words there may be several: what stands for the value names none of them. */
export function wordsOf(description: Description): string[] {
  const { format, several } = description as ValueDescription
  return several === true && Array.isArray(format) ? [`any of ${format.join(', ')}`] : []
}

async function readConfiguration(
  name: string,
  problem: (message: string) => void
): Promise<YamlFile | undefined> {
  // Loaded where there is a file: URLs need no YAML.
  const { parseYamlFile } = await import('../config/stage/yaml-file.ts')
  try {
    return parseYamlFile(name, readFileSync(name), problem)
  } catch (error) {
    problem(`${name}: ${systemErrorText(error)}; expected a configuration file`)
    return undefined
  }
}
