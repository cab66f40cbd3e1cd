import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMap } from '../config/stage/check.ts'
import { flagsOf, wordsOf, SPLIT_OPTION } from '../cli/stage-arguments.ts'
import { RUN_NOTES } from '../cli/run.ts'
import {
  type Description,
  formatOf,
  kindOf,
  type PartTypes,
  type Schema,
  type ValueDescription
} from '../config/stage/description.ts'
import { namedOptions } from '../config/stage/options.ts'
import { urlForms } from '../config/stage/part-text.ts'
import { stageSchema } from '../config/stage/schema.ts'

interface DocumentedKey {
  readonly key: string
  readonly doc: string
  readonly default: string
  readonly env: string
}

/** The part of docs/configuration.md on `correlog run` and `correlog check`. */
export function stageMarkdown(): string {
  const example = readFileSync(join(import.meta.dirname, '../examples/correlog.yaml'), 'utf8')
  return `## correlog run, correlog check

\`correlog run\` takes records from sources, correlates them by rule files, and gives alerts to sinks, until a signal ends it or all
sources have ended. \`correlog check\` has the same options: it says all that is wrong with the configuration and the rules, and
starts nothing; its exit status is 0 if all is right, else 1. \`correlog route\` has them too: it is a router ([splitting and routing](kafka-routing.md)) and needs the key \`route\`. All read a YAML file (\`--config\`), or do without one:

\`\`\`sh
correlog run --rules 'rules/*.sec' --from file:in.jsonl?codec=json --to stdout: --once
\`\`\`

| option | what |
|---|---|
${rows(stageOptions().map(({ usage, doc }) => [code(usage), doc]))}

\`correlog check\` has one more:

| option | what |
|---|---|
${rows([[code(SPLIT_OPTION.usage), `${SPLIT_OPTION.doc} See [splitting a stream](kafka-routing.md).`]])}

The command line goes before the environment, and that before the file. Paths are relative to the working directory. Paths,
patterns and texts are UTF-8; in a URL any byte can be written as \`%FF\`.
${notes()}

### The file

\`\`\`yaml
${example.trimEnd()}
\`\`\`

Times are in seconds. What has a \`type\` can be written in three ways: with its keys, as a URL (\`file:in.log?codec=json\`, other keys as
\`key=value\`, keys of keys as \`codec.fields.body=msg\`), or, if it needs nothing else, as its type alone (\`stdin\`). Sources and sinks without
names, in a list, are named after what they read and write. Unknown keys are errors. Editors
know the keys by [correlog.schema.json](correlog.schema.json).

| key | what | default | environment |
|---|---|---|---|
${keyRows(keysOf(stageSchema, ''))}

${parts(stageSchema)}
### Faulty rules

A rule that is faulty is logged and left out, as SEC leaves it out; \`correlog check\` ends with 1 then. A rule file that can't be read, and a
pattern that no file matches, keep \`correlog run\` from starting. On HUP they leave all as it was.
`
}

export interface StageOption {
  readonly usage: string
  readonly doc: string
  readonly default?: string
  readonly notYet: false
}

export function stageOptions(): StageOption[] {
  const own = namedOptions.flatMap(option => {
    if (option.arg === undefined) return []
    const known = kindOf(option.description)
    const forms = known.kind === 'parts' ? ` ${urlForms(known.description.types).map(code).join(', ')}.` : ''
    const words = wordsOf(option.description).map(text => ` ${text[0]?.toUpperCase()}${text.slice(1)}.`)
    const doc = `${option.doc}${forms}${words.join('')}${option.repeats ? ' May be repeated.' : ''}`
    return [{ usage: flagsOf(option), doc, notYet: false as const }]
  })
  return [
    {
      usage: '--config <file>',
      doc: 'The configuration file, YAML. The environment variable CORRELOG_CONFIG names one, too.',
      notYet: false
    },
    ...own
  ]
}

/** Signals and exit statuses, a paragraph each. */
function notes(): string {
  return RUN_NOTES.trim()
    .replaceAll(/\n+/g, ' ')
    .split(/(?=Exit status:)/)
    .map(text => `\n${text.trim()}`)
    .join('\n')
}

function parts(schema: Schema): string {
  return Object.entries(schema)
    .map(([key, description]) => {
      const known = kindOf(description)
      if (known.kind !== 'part' && known.kind !== 'parts') return ''
      return typeSections(key, known.description.types)
    })
    .join('')
}

function typeSections(key: string, types: PartTypes): string {
  const usable = Object.entries(types)
  const list = usable.map(([name, { doc, options }]) => {
    const keys = keysOf(options, '')
    const table = `\n| key | what | default |\n|---|---|---|\n${rows(keys.map(each => [code(each.key), each.doc, each.default]))}\n`
    return `**\`type: ${name}\`**: ${doc}\n${keys.length === 0 ? '' : table}`
  })
  const inner = usable.flatMap(([, { options }]) => Object.entries(options))
  // Those of Kafka, which comes last, are all that there are.
  const codecs = inner.findLast(([, description]) => 'types' in description)
  const more =
    codecs === undefined || key !== 'sources'
      ? ''
      : typeSections('codec', (codecs[1] as { types: PartTypes }).types)
  return `### \`${key}\`\n\n${list.join('\n')}\n${more}`
}

function keysOf(schema: Schema, prefix: string): DocumentedKey[] {
  return Object.entries(schema).flatMap(([name, description]): DocumentedKey[] => {
    const key = `${prefix}${name}`
    const known = kindOf(description)
    switch (known.kind) {
      case 'group':
        return keysOf(known.description, `${key}.`)
      case 'value': {
        const { doc, env } = known.description
        return [
          {
            key,
            doc: `${doc} ${sentence(known.description)}`,
            default: shownDefault(description),
            env: env ?? ''
          }
        ]
      }
      case 'entries':
        return [
          { key, doc: known.description.doc, default: '', env: '' },
          ...keysOf(known.description.entry, `${key}[].`)
        ]
      case 'parts':
        return [{ key, doc: known.description.doc, default: '', env: '' }]
      case 'part': {
        const { doc, env } = known.description
        return [{ key, doc, default: shownDefault(description), env: env ?? '' }]
      }
    }
  })
}

/** What it may be: `A whole number, 0 or more.` */
function sentence(description: ValueDescription): string {
  if (typeof description.format !== 'string') {
    return `${description.several === true ? 'Any of' : 'One of'} ${description.format.map(code).join(', ')}.`
  }
  const { expected } = formatOf(description)
  const text = `${expected.charAt(0).toUpperCase()}${expected.slice(1)}`
  return description.format === 'template' ? '' : description.required === true ? 'Required.' : `${text}.`
}

function shownDefault(description: Description): string {
  const { default: value } = description as ValueDescription
  if (value === null || Array.isArray(value)) return ''
  return code(isMap(value) ? String(value.type) : JSON.stringify(value).replaceAll('"', ''))
}

function keyRows(keys: readonly DocumentedKey[]): string {
  return rows(
    keys.map(({ key, doc, default: standard, env }) => [code(key), doc, standard, env && code(env)])
  )
}

function rows(cells: readonly (readonly string[])[]): string {
  return cells.map(row => `| ${row.map(cell => cell.trim().replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}

function code(text: string): string {
  return `\`${text}\``
}
