import { optionFormat } from './formats.ts'
import { type OptionDescription, type OptionName, secSchema } from './schema.ts'

const COLUMN = 42
const WIDTH = 110

/** The usage text of `correlog sec`, made from the schema. Ends with a newline. */
export function secHelp(command: string): string {
  const lines = (Object.keys(secSchema) as OptionName[]).flatMap(name => {
    const description: OptionDescription<unknown> = secSchema[name]
    const { doc, notYet } = description
    return describe(spelling(description), notYet ? `${doc} (Not yet: taken without effect.)` : doc)
  })
  return `Usage: ${command} [options]

Correlates the lines of files, FIFOs and standard input by the rules of SEC, the Simple Event Correlator.
Options begin with - or --, may be shortened and written in any case; a value follows after = or as the
next argument. More of them are read from the file that SECRC names, one argument a line.

Options:
${lines.join('\n')}
`
}

/** An option as the usage text shows it: `--conf=<file pattern> ...`, `--tail, --notail`. */
export function spelling({ arg, format, value, synonyms }: OptionDescription<unknown>): string {
  const { syntax, list } = optionFormat(format)
  switch (syntax) {
    case 'flag':
      return `--${arg}, --no${arg}`
    case 'switch':
      return [`--${arg}`, ...(synonyms ?? []).map(synonym => `-${synonym}`)].join(', ')
    default: {
      // `--input` brings its own brackets: <file pattern>[=<context>].
      const shown = value?.includes('>') ? `<${value}` : `<${value ?? arg}>`
      return `--${arg}=${shown}${list ? ' ...' : ''}`
    }
  }
}

function describe(option: string, doc: string): string[] {
  const rows: string[] = []
  let row = ''
  for (const word of doc.split(' ')) {
    if (row !== '' && COLUMN + row.length + 1 + word.length > WIDTH) {
      rows.push(row)
      row = ''
    }
    row += row === '' ? word : ` ${word}`
  }
  rows.push(row)
  const [first = '', ...more] = rows
  const head = `  ${option}`
  return [
    ...(head.length < COLUMN ? [head.padEnd(COLUMN) + first] : [head, ' '.repeat(COLUMN) + first]),
    ...more.map(text => ' '.repeat(COLUMN) + text)
  ]
}
