import { type OptionFormat, optionFormat } from './formats.ts'
import { findOption } from './option-names.ts'
import { type OptionDescription, type OptionName, secSchema } from './schema.ts'

/** Options as typed: valid for their syntax, not yet for their range. */
export interface ParsedArguments {
  /** What was given, in the order given; of an option that is no list only the last counts. */
  readonly given: ReadonlyMap<OptionName, readonly (string | number | boolean)[]>
  /** What Getopt::Long and SEC print for what they can't take. */
  readonly messages: readonly string[]
}

/**
 * Reads arguments as Perl's Getopt::Long does for SEC: `-`, `--` or `+` before a name, `=` or the next argument for the
 * value, names in any case and shortened, `--` as the end. What is wrong is reported and passed over.
 */
export function parseArguments(args: readonly string[]): ParsedArguments {
  const given = new Map<OptionName, (string | number | boolean)[]>()
  const messages: string[] = []
  for (let at = 0; at < args.length && args[at] !== '--'; at++) {
    const argument = args[at] as string
    const [, starter, typed = ''] = /^(--|-|\+)(.*)$/s.exec(argument) ?? []
    if (starter === undefined || argument === '-') {
      messages.push(`Unknown argument: ${argument}`)
      continue
    }
    if (typed === '') {
      messages.push(`Missing option after ${starter}`)
      continue
    }
    const [, beforeEquals, attached] = /^([^=]+)=(.*)$/s.exec(typed) ?? []
    const name = lowerCase(beforeEquals ?? typed)
    const option = findOption(name)
    if (option === undefined) {
      messages.push(`Unknown option: ${name}`)
      continue
    }
    if ('ambiguous' in option) {
      messages.push(`Option ${name} is ambiguous (${option.ambiguous.join(', ')})`)
      continue
    }
    const description: OptionDescription<unknown> = secSchema[option.name]
    const { syntax } = optionFormat(description.format)
    let value: string | number | boolean | undefined
    if (syntax === 'flag' || syntax === 'switch') {
      if (attached === undefined) value = !option.negated
      else messages.push(`Option ${option.spelling} does not take an argument`)
    } else {
      const text = attached ?? args[++at]
      if (text === undefined || attached === '') {
        messages.push(`Option ${option.spelling} requires an argument`)
      } else {
        value = parseValue(syntax, text)
        if (value === undefined) {
          messages.push(`Value "${text}" invalid for option ${option.spelling} (${kinds[syntax]} expected)`)
        }
      }
    }
    if (value === undefined) continue
    const values = given.get(option.name)
    if (values === undefined) given.set(option.name, [value])
    else values.push(value)
  }
  return { given, messages }
}

type ValueSyntax = Exclude<OptionFormat['syntax'], 'flag' | 'switch'>

const kinds: Readonly<Record<ValueSyntax, string>> = {
  text: 'string',
  integer: 'number',
  'extended integer': 'extended number',
  real: 'real number'
}

// Perl's `$` lets a newline at the end pass.
const integer = /^[-+]?_*[0-9][0-9_]*\n?$/
const extendedInteger = /^(?:[-+]?_*[1-9][0-9_]*|0x_*[0-9a-f][0-9a-f_]*|0b_*[01][01_]*|0[0-7_]*)\n?$/i
const real = /^[-+]?(?=\.?[0-9])[0-9_]*(?:\.[0-9_]+)?(?:e[-+]?[0-9_]+)?\n?$/i

function parseValue(syntax: ValueSyntax, text: string): string | number | undefined {
  const digits = text.replaceAll('_', '').trim()
  switch (syntax) {
    case 'text':
      return text
    case 'integer':
      return integer.test(text) ? Number(digits) : undefined
    case 'extended integer':
      if (!extendedInteger.test(text)) return undefined
      return Number(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits)
    case 'real':
      return real.test(text) ? Number(digits) : undefined
  }
}

/** Names are compared by byte: letters outside ASCII keep their case. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, capitals => capitals.toLowerCase())
}
