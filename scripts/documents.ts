import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { replayCommand } from '../cli/replay.ts'
import { RUN_NOTES } from '../cli/run.ts'
import { type OptionDescription, secSchema } from '../config/schema.ts'
import { spelling } from '../config/sec-help.ts'
import { jsonSchemaOf } from '../config/stage/json-schema.ts'
import { stageSchema } from '../config/stage/schema.ts'
import { SPLIT_OPTION } from '../cli/stage-arguments.ts'
import { stageMarkdown, stageOptions } from './stage-documents.ts'

/** A document that is made from the descriptions of the options. */
export interface GeneratedDocument {
  /** Below the project's root. */
  readonly path: string
  readonly text: string
}

interface DocumentedOption {
  readonly usage: string
  readonly doc: string
  /** As a user would write it; `undefined` where there is none. */
  readonly default?: string
  readonly notYet: boolean
}

/** All generated documents, as they should stand in the repository. */
export function generatedDocuments(): GeneratedDocument[] {
  return [
    { path: 'docs/configuration.md', text: configurationMarkdown() },
    { path: 'docs/correlog.schema.json', text: `${JSON.stringify(jsonSchemaOf(stageSchema), null, 2)}\n` },
    { path: 'packaging/man/correlog.1', text: manualPage() }
  ]
}

function secOptions(): DocumentedOption[] {
  return Object.values<OptionDescription<unknown>>(secSchema).map(option => ({
    usage: spelling(option),
    doc: option.doc,
    ...shownDefault(option),
    notYet: option.notYet === true
  }))
}

function shownDefault({ default: value, arg, format }: OptionDescription<unknown>): { default?: string } {
  if (format === 'switch' || value === null || Array.isArray(value)) return {}
  if (typeof value === 'boolean') return { default: value ? `--${arg}` : `--no${arg}` }
  return { default: typeof value === 'string' ? value : JSON.stringify(value) }
}

function replayOptions(command: Command): DocumentedOption[] {
  return command.options.map(({ flags, description, defaultValue }) => ({
    usage: flags,
    doc: `${description.charAt(0).toUpperCase()}${description.slice(1)}.`,
    ...(typeof defaultValue === 'number' && { default: String(defaultValue) }),
    notYet: false
  }))
}

function configurationMarkdown(): string {
  const table = (options: readonly DocumentedOption[]): string =>
    options
      .map(option => {
        const doc = option.notYet ? `${option.doc} *Not yet: taken with a notice.*` : option.doc
        const cells = [code(option.usage), doc, option.default === undefined ? '' : code(option.default)]
        return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
      })
      .join('\n')
  return `<!-- Made by \`npm run docs\` from config/schema.ts and config/stage/schema.ts; changes here are lost. -->

# Configuration

${stageMarkdown()}
## correlog sec

The options are SEC's. They begin with \`-\` or \`--\`, may be shortened and written in any case; a value follows after \`=\` or
as the next argument. More are read from the file that the environment variable \`SECRC\` names, one argument a line. Times are
seconds.

| option | what | default |
|---|---|---|
${table(secOptions())}

## correlog replay

\`correlog replay <timeline> --conf <files...> [options]\`

${replayDescription()}

| option | what | default |
|---|---|---|
${table(replayOptions(replayCommand()))}
`
}

function code(text: string): string {
  return `\`${text}\``
}

/** The command's description, its indented lines as a block of code. */
function replayDescription(): string {
  return replayCommand()
    .description()
    .replace(
      /\n((?: {2}.*\n)+)/,
      (_match, block: string) => `\n\n\`\`\`\n${block.replace(/^ {2}/gm, '')}\`\`\`\n\n`
    )
}

function manualPage(): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
    version: string
  }
  const list = (options: readonly DocumentedOption[]): string =>
    options
      .map(option => {
        const notYet = option.notYet ? ' Not yet: taken with a notice.' : ''
        const standard = option.default === undefined ? '' : ` Default: ${option.default}.`
        return `.TP\n.B ${roff(option.usage)}\n${roff(`${option.doc}${notYet}${standard}`)}`
      })
      .join('\n')
  const [before = '', block = '', after = ''] = replayDescription().split('```')
  return `.\\" Made by \`npm run docs\` from config/schema.ts and config/stage/schema.ts; changes here are lost.
.TH CORRELOG 1 "" "correlog ${version}" "User Commands"
.SH NAME
correlog \\- correlate log events by the rules of SEC
.SH SYNOPSIS
.B correlog run
.RI [ options ]
.br
.B correlog check
.RI [ options ]
.br
.B correlog route
.RI [ options ]
.br
.B correlog sec
.RI [ options ]
.br
.B correlog replay
.I timeline
.BI --conf " files..."
.RI [ options ]
.SH DESCRIPTION
.B correlog run
takes records from sources, correlates them by rule files of SEC, and gives alerts to sinks: a stage in a pipeline of logs.
.B correlog check
says what is wrong with its configuration and rules, and starts nothing.
.B correlog route
routes records of Kafka topics to another topic by a key, for rules that correlate by it.
.PP
.B correlog sec
reads lines from files, FIFOs and standard input, correlates them by rule files of SEC, the Simple Event Correlator, and
writes files, FIFOs and standard output and runs programs, as the rules say. A symbolic link named
.B sec
or
.B sec.pl
starts it, too.
.PP
.B correlog replay
runs rules over a timeline in virtual time, to try them.
.SH OPTIONS OF CORRELOG RUN AND CORRELOG CHECK
A URL says what the configuration file says of a source or a sink: a type, its path, and more keys as a query, as in
file:in.jsonl?codec=json. docs/configuration.md has all of them.
${list(stageOptions())}
.PP
.B correlog check
has one more:
${list([{ ...SPLIT_OPTION, notYet: false }])}
.PP
${roff(RUN_NOTES.trim())}
.SH OPTIONS OF CORRELOG SEC
Options begin with \\- or \\-\\-, may be shortened and written in any case; a value follows after = or as the next argument.
${list(secOptions())}
.SH OPTIONS OF CORRELOG REPLAY
${roff(before.trim())}
.PP
.nf
${roff(block.trim())}
.fi
.PP
${roff(after.trim())}
${list(replayOptions(replayCommand()))}
.SH ENVIRONMENT
.TP
.B SECRC
A file with more arguments for
.BR "correlog sec" ,
one a line. Empty lines and lines that begin with # are ignored.
.TP
.B TZ
The time zone of Calendar rules and of the variables that hold the time.
.SH SIGNALS OF CORRELOG SEC
.TP
.B HUP
Read options, SECRC and rule files anew; drop contexts, operations, variables and pending events. Inputs go on where they were.
.TP
.B USR2
Open the log and the output files anew.
.TP
.B TERM
End.
.SH EXIT STATUS OF CORRELOG SEC
With
.BR \\-\\-testonly ,
0 if all rules are right, else 1.
.SH SEE ALSO
.BR sec (1)
`
}

/** Text for troff: hyphens stay hyphens, and no line is taken for a request. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1')
}
