import { compileAlertTemplate } from '../../plugin/alert-template.ts'
import { compileLineTemplate } from '../../plugin/line-template.ts'
import { compileTagPattern } from '../../plugin/tag-pattern.ts'
import { UTC } from '../../plugin/time/time-zone.ts'

/** What one value of the configuration may be, wherever it is written. */
export interface ValueFormat {
  /** In words, for error messages: `a whole number, 0 or more`. */
  readonly expected: string
  /**
   * From a file or an object; `undefined`: it is not that. Texts become byte strings.
   *
   * @throws Error that says what is wrong and what was expected, where there is more to say than `expected`.
   */
  readonly read: (value: unknown) => unknown
  /** From a URL, the command line or the environment, as a byte string. */
  readonly readText: (text: string) => unknown
  readonly jsonSchema: Readonly<Record<string, unknown>>
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? toBytes(value) : undefined
}

function bytes(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** UTF-8 as a byte string (latin1): what the core, paths and names are made of. */
export function toBytes(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1')
}

/** A byte string as it is shown. */
export function fromBytes(value: string): string {
  return Buffer.from(value, 'latin1').toString('utf8')
}

function list<Item>(value: unknown, read: (item: unknown) => Item | undefined): readonly Item[] | undefined {
  const items = (Array.isArray(value) ? value : [value]).map(read)
  return items.includes(undefined) || items.length === 0 ? undefined : (items as Item[])
}

/** `HOST:PORT`, `[IPv6]:PORT` or the absolute path of a Unix socket. */
const ADDRESS = /^(?:\/.+|(?:\[[0-9a-fA-F:.%]+\]|[^\s/:[\],]+):(\d{1,5}))$/

function address(value: string | undefined): string | undefined {
  const [whole, port] = ADDRESS.exec(value ?? '') ?? []
  return port === undefined || Number(port) <= 65_535 ? whole : undefined
}

function hostAndPort(value: string | undefined): string | undefined {
  return value?.startsWith('/') === true ? undefined : address(value)
}

function number(accepts: (value: number) => boolean): Pick<ValueFormat, 'read' | 'readText'> {
  const read = (value: unknown): unknown =>
    typeof value === 'number' && Number.isFinite(value) && accepts(value) ? value : undefined
  return { read, readText: value => (/^-?\d+(?:\.\d+)?$/.test(value) ? read(Number(value)) : undefined) }
}

/** As it is, when it can be compiled. @throws LineTemplateError */
function template(source: string | undefined): string | undefined {
  if (source !== undefined) compileLineTemplate(source, UTC)
  return source
}

/** As it is, when it can be compiled. @throws Error in words */
function alertTemplate(source: string | undefined): string | undefined {
  if (source !== undefined) compileAlertTemplate(source, value => value)
  return source
}

/** As it is, when it can be compiled. @throws Error in words */
function tagPattern(source: string | undefined): string | undefined {
  if (source !== undefined) compileTagPattern(source)
  return source
}

function broker(value: string | undefined): string | undefined {
  return value?.startsWith('/') === true ? undefined : address(value)
}

/** @throws SyntaxError that says what is wrong with it */
function regularExpression(value: string | undefined): string | undefined {
  return value === undefined || new RegExp(fromBytes(value), 'u').source === '' ? undefined : value
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/

function startPosition(value: string | undefined): string | undefined {
  if (value === 'earliest' || value === 'latest') return value
  return value !== undefined && RFC_3339.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

/** The formats by name. Where there are a few words to choose from, their list is the format. */
export const valueFormats = {
  text: {
    expected: 'a text that is not empty',
    read: text,
    readText: bytes,
    jsonSchema: { type: 'string', minLength: 1 }
  },
  texts: {
    expected: 'a text or a list of texts, none of them empty',
    read: value => list(value, text),
    readText: value => list(value.split(','), bytes),
    jsonSchema: {
      anyOf: [
        { type: 'string', minLength: 1 },
        { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 }
      ]
    }
  },
  template: {
    expected: 'body, syslog or a text with fields such as {body}',
    read: value => template(text(value)),
    readText: value => template(bytes(value)),
    jsonSchema: { type: 'string', minLength: 1 }
  },
  'alert template': {
    expected: 'a text, with fields such as {severity_text} if need be',
    read: value => alertTemplate(text(value)),
    readText: value => alertTemplate(bytes(value)),
    jsonSchema: { type: 'string', minLength: 1 }
  },
  'tag pattern': {
    expected: 'patterns of tags such as app.** or {web,db}.*, with spaces between',
    read: value => tagPattern(text(value)),
    readText: value => tagPattern(bytes(value)),
    jsonSchema: { type: 'string', minLength: 1 }
  },
  flag: {
    expected: 'true or false',
    read: flag,
    readText: value => flag({ true: true, false: false }[value]),
    jsonSchema: { type: 'boolean' }
  },
  count: {
    expected: 'a whole number, 0 or more',
    ...number(value => Number.isSafeInteger(value) && value >= 0),
    jsonSchema: { type: 'integer', minimum: 0 }
  },
  'positive count': {
    expected: 'a whole number, 1 or more',
    ...number(value => Number.isSafeInteger(value) && value >= 1),
    jsonSchema: { type: 'integer', minimum: 1 }
  },
  seconds: {
    expected: 'a number of seconds, 0 or more',
    ...number(value => value >= 0),
    jsonSchema: { type: 'number', minimum: 0 }
  },
  'positive seconds': {
    expected: 'a number of seconds, more than 0',
    ...number(value => value > 0),
    jsonSchema: { type: 'number', exclusiveMinimum: 0 }
  },
  address: {
    expected: 'HOST:PORT or the absolute path of a Unix socket',
    read: value => address(text(value)),
    readText: value => address(bytes(value)),
    jsonSchema: { type: 'string', minLength: 1 }
  },
  'host and port': {
    expected: 'HOST:PORT',
    read: value => hostAndPort(text(value)),
    readText: value => hostAndPort(bytes(value)),
    jsonSchema: { type: 'string', pattern: ':[0-9]+$' }
  },
  addresses: {
    expected: 'HOST:PORT or the absolute path of a Unix socket, or a list of these',
    read: value => list(value, item => address(text(item))),
    readText: value => list(value.split(','), item => address(bytes(item))),
    jsonSchema: {
      anyOf: [
        { type: 'string', minLength: 1 },
        { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 }
      ]
    }
  },
  brokers: {
    expected: 'HOST:PORT or a list of these',
    read: value => list(value, item => broker(text(item))),
    readText: value => list(value.split(','), item => broker(bytes(item))),
    jsonSchema: {
      anyOf: [
        { type: 'string', minLength: 1 },
        { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 }
      ]
    }
  },
  'regular expression': {
    expected: 'a regular expression of JavaScript',
    read: value => regularExpression(text(value)),
    readText: value => regularExpression(bytes(value)),
    jsonSchema: { type: 'string', minLength: 1 }
  },
  'start position': {
    expected: 'earliest, latest or a time (RFC 3339)',
    read: value => startPosition(text(value)),
    readText: value => startPosition(bytes(value)),
    jsonSchema: { type: 'string', minLength: 1 }
  },
  port: {
    expected: 'a port, 0 to 65535',
    ...number(value => Number.isInteger(value) && value >= 0 && value <= 65_535),
    jsonSchema: { type: 'integer', minimum: 0, maximum: 65_535 }
  }
} as const satisfies Readonly<Record<string, ValueFormat>>

export type ValueFormatName = keyof typeof valueFormats

/** One of a few words, or with `several` a list of them. */
export function choiceFormat(words: readonly string[], several: boolean): ValueFormat {
  const word = (value: unknown): string | undefined =>
    typeof value === 'string' && words.includes(value) ? value : undefined
  if (!several) {
    return { expected: oneOf(words), read: word, readText: word, jsonSchema: { enum: words } }
  }
  const read = (value: unknown): unknown =>
    Array.isArray(value) && value.length === 0 ? [] : list(value, word)
  return {
    expected: `a list of ${oneOf(words)}`,
    read,
    readText: value => read(value === '' ? [] : value.split(',')),
    jsonSchema: { anyOf: [{ enum: words }, { type: 'array', items: { enum: words } }] }
  }
}

/** `a, b or c` */
export function oneOf(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`
}
