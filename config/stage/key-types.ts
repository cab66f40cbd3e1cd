import { compileKey, type KeyDefinition } from '../../plugin/record-key.ts'
import { type CheckedValues, checkText } from './check.ts'
import { completedPart } from './defaults.ts'
import type { PartDescription, PartTypes, ValueDescription } from './description.ts'
import { fromBytes } from './formats.ts'

const variables: ValueDescription = {
  doc: 'Match variables of the rules that are the key: in each line that a rule matches, what the router takes for it.',
  format: 'texts',
  default: null,
  nullable: true,
  value: 'name'
}

/** What the key of a record is. */
const keyTypes: PartTypes = {
  regexp: {
    doc: 'What a group of a regular expression of Perl captures of the line that rules match.',
    location: 'pattern',
    options: {
      pattern: { doc: 'The expression.', format: 'text', default: null, required: true, value: 'pattern' },
      variable: {
        doc: 'The group, by its number or name. A name is one of the variables of the rules too.',
        format: 'text',
        default: '1'
      },
      variables
    }
  },
  field: {
    doc: 'A field of the record: attributes.NAME, resource.NAME, body, tag, source, event_name, severity_text and so on.',
    location: 'field',
    options: {
      field: { doc: 'The field.', format: 'text', default: null, required: true, value: 'field' },
      variables
    }
  },
  cel: {
    doc: 'The value of a CEL expression over the record.',
    location: 'expression',
    options: {
      expression: {
        doc: 'The expression.',
        format: 'text',
        default: null,
        required: true,
        value: 'expression'
      },
      variables
    }
  }
}

export const keyDescription: PartDescription = {
  doc: 'By what the stream is split: regexp, field or cel.',
  format: 'object',
  types: keyTypes,
  default: null,
  nullable: true
}

/** A key, resolved. Texts are byte strings. */
export type KeyConfig = KeyDefinition & { readonly variables: readonly string[] | null }

/** Reads a key that is written as a URL. `place` says where. */
export function parseKey(
  text: string,
  place: string
): { readonly key: KeyConfig } | { readonly problems: readonly string[] } {
  const problems: string[] = []
  const checked = checkText(keyDescription, text, {
    place: () => place,
    problem: message => void problems.push(message),
    secret: () => {
      throw new Error('a key is no secret')
    }
  })
  if (problems.length > 0) return { problems }
  const key = completedPart(keyTypes, checked as CheckedValues) as unknown as KeyConfig
  const problem = keyProblem(key)
  return problem === undefined ? { key } : { problems: [`${place}: ${problem}`] }
}

/** What is wrong with a key whose options are right each for itself. */
export function keyProblem(key: KeyConfig): string | undefined {
  const compiled = compileKey(key)
  return compiled.ok ? undefined : fromBytes(compiled.message)
}
