import { type CheckedValues, checkConfiguration, type CheckContext, checkText, isMap } from './check.ts'
import { type Besides, conflicts } from './conflicts.ts'
import { withDefaults } from './defaults.ts'
import { type Description, kindOf } from './description.ts'
import { type NamedOption, namedOptions } from './options.ts'
import { withKafkaDefaults } from './kafka-defaults.ts'
import { stageSchema } from './schema.ts'
import { jsonWithoutSecrets } from './secrets.ts'
import type { StageConfig } from './stage-config.ts'

/** What a file or a program gives, and where each part of it stands. */
export interface GivenConfiguration extends Pick<CheckContext, 'place'> {
  readonly value: unknown
}

/** An option of the command line, each time that it was given. */
export interface GivenOption {
  /** Without its dashes. */
  readonly arg: string
  /** `true`: it takes no value. */
  readonly text: string | true
}

export interface ConfigurationInputs {
  readonly given?: GivenConfiguration | undefined
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly options?: readonly GivenOption[]
  readonly secret: CheckContext['secret']
  /** What is brought along besides, so that it is not missed. */
  readonly besides?: Besides
  /** It must be that of a router. */
  readonly router?: boolean
}

export type ResolvedConfiguration =
  | { readonly config: StageConfig; readonly rulePlace: RulePlace }
  | { readonly problems: readonly string[] }

/** Where a pattern of rule files was written: `correlog.yaml:12`, `--rules "*.sec"`. Numbers in `rules` and in its `files`. */
export type RulePlace = (entry: number, pattern: number) => string

/**
 * Makes a configuration of all that is given: the command line goes before the environment, and that before the file.
 * A key that is given further ahead replaces the one behind whole, but for a part of the same type, whose options stay.
 */
export function resolveConfiguration(inputs: ConfigurationInputs): ResolvedConfiguration {
  const { given, env = {}, options = [], secret, besides, router } = inputs
  const problems: string[] = []
  const problem = (message: string): void => void problems.push(message)
  let values: CheckedValues =
    given === undefined
      ? {}
      : checkConfiguration(stageSchema, given.value, { place: given.place, problem, secret })

  for (const option of namedOptions) {
    const { env: variable, path, description } = option
    const text = variable === undefined ? undefined : env[variable]
    if (text === undefined || text === '') continue
    const context: CheckContext = { place: () => `environment variable ${variable}`, problem, secret }
    values = put(values, path, checkText(description, text, context), description)
  }
  for (const option of namedOptions) {
    const texts = options.filter(({ arg }) => arg === option.arg).map(({ text }) => text)
    if (texts.length > 0)
      values = put(
        values,
        option.path,
        checkArguments(option, texts, { problem, secret }),
        option.description
      )
  }
  if (problems.length > 0) return { problems }
  const config = withDefaults(stageSchema, withKafkaDefaults(values)) as unknown as StageConfig
  const wrong = conflicts(config, given?.place, besides, router)
  if (wrong.length > 0) return { problems: wrong }
  const texts = options.filter(({ arg }) => arg === 'rules').map(({ text }) => text)
  const rulePlace: RulePlace = (entry, pattern) =>
    texts.length > 0 || given === undefined
      ? `--rules ${JSON.stringify(texts[entry])}`
      : given.place(['rules', entry, 'files', pattern], 'value')
  return { config, rulePlace }
}

/** Of an option that is given several times the last value counts, of those that are lists all. */
function checkArguments(
  { arg, description }: NamedOption,
  texts: readonly (string | true)[],
  context: Pick<CheckContext, 'problem' | 'secret'>
): unknown {
  const values = texts.map(text =>
    text === true
      ? true
      : checkText(description, text, { ...context, place: () => `--${arg} ${jsonWithoutSecrets(text)}` })
  )
  return Array.isArray(values[0]) ? values.flat() : values.at(-1)
}

function put(
  values: CheckedValues,
  [key = '', ...more]: readonly string[],
  value: unknown,
  description: Description
): CheckedValues {
  const before = Object.hasOwn(values, key) ? values[key] : undefined
  if (more.length > 0) {
    return { ...values, [key]: put(isMap(before) ? before : {}, more, value, description) }
  }
  const isSameType =
    kindOf(description).kind === 'part' && isMap(before) && isMap(value) && before.type === value.type
  return { ...values, [key]: isSameType ? { ...before, ...value } : value }
}
