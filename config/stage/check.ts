import { inspect } from 'node:util'
import {
  type Description,
  type EntriesDescription,
  formatOf,
  kindOf,
  type PartDescription,
  type PartsDescription,
  type PartTypes,
  type Schema,
  type ValueDescription
} from './description.ts'
import { fromBytes, oneOf, toBytes } from './formats.ts'
import { nearestWord } from './nearest.ts'
import { parsePartText } from './part-text.ts'
import { isSecretName, jsonWithoutSecrets, lineWithoutSecrets, NOT_SHOWN } from './secrets.ts'

/** Keys from the whole inwards, and numbers in lists. */
export type Path = readonly (string | number)[]

/** Where what is checked was written, and what is wrong with it. */
export interface CheckContext {
  /** `correlog.yaml:12`, `--from "file:in.log"`. */
  readonly place: (path: Path, what: 'key' | 'value') => string
  readonly problem: (message: string) => void
  /** A secret from a file or the environment. @throws Error in words */
  readonly secret: (kind: 'File' | 'Env', name: string) => string
}

interface Check extends CheckContext {
  /** Values are texts, byte strings: of a URL, the command line, the environment. */
  readonly isText: boolean
}

/** Values by key as the schema has them, checked, with every part's `type`; without defaults. */
export type CheckedValues = Readonly<Record<string, unknown>>

/** Checks what a file or a program gives. All that is wrong goes to `problem`; what is right comes back. */
export function checkConfiguration(schema: Schema, value: unknown, context: CheckContext): CheckedValues {
  return checkGroup(schema, value, [], { ...context, isText: false })
}

/** Checks one value of the command line or the environment, of which `place` tells. */
export function checkText(description: Description, text: string, context: CheckContext): unknown {
  return checkAny(description, toBytes(text), [], { ...context, isText: true })
}

function checkAny(description: Description, value: unknown, path: Path, check: Check): unknown {
  const known = kindOf(description)
  switch (known.kind) {
    case 'value':
      return checkValue(known.description, value, path, check)
    case 'part':
      if (value === null && known.description.nullable === true) return null
      return checkPart(known.description, value, path, check)
    case 'parts':
      return checkParts(known.description, value, path, check)
    case 'entries':
      return checkEntries(known.description, value, path, check)
    case 'group':
      return checkGroup(known.description, value, path, check)
  }
}

function checkValue(description: ValueDescription, value: unknown, path: Path, check: Check): unknown {
  if (value === null && description.nullable === true) return null
  const format = formatOf(description)
  let reason: string | undefined
  try {
    const read = check.isText && typeof value === 'string' ? format.readText(value) : format.read(value)
    if (read !== undefined) return read
  } catch (error) {
    reason = fromBytes(error instanceof Error ? error.message : String(error))
  }
  const { sensitive, format: words, several } = description
  if (several === true && Array.isArray(value)) {
    // Which of them is wrong.
    for (const [index, item] of value.entries()) {
      checkValue({ ...description, several: undefined }, item, [...path, index], check)
    }
    return undefined
  }
  const hint = typeof value === 'string' && typeof words !== 'string' ? meant(value, words) : ''
  const shown = sensitive === true ? NOT_SHOWN : show(value, check)
  const wrong = reason === undefined ? `; expected ${format.expected}${hint}` : `: ${reason}`
  complain(check, path, 'value', `wrong value ${shown}${of(path)}${wrong}`)
  return undefined
}

function checkGroup(schema: Schema, value: unknown, path: Path, check: Check): CheckedValues {
  const keys = Object.keys(schema)
  if (!isMap(value)) {
    const expected = path.length === 0 ? 'keys and their values' : `the key ${oneOf(keys)}`
    complain(check, path, 'value', `wrong value ${show(value, check)}${of(path)}; expected ${expected}`)
    return {}
  }
  const values: Record<string, unknown> = {}
  const misspelt = new Set<string | undefined>()
  for (const [key, given] of Object.entries(value)) {
    // Of programs; no file says it.
    if (given === undefined) continue
    const inner = [...path, key]
    const secret = secretKey(schema, key)
    if (secret !== undefined) {
      const found = checkSecret(secret, given, inner, check)
      if (Object.hasOwn(values, secret.key)) {
        const forms = oneOf([secret.key, `${secret.key}File`, `${secret.key}Env`])
        complain(check, inner, 'key', `"${secret.key}" is given twice; expected ${forms}`)
      } else if (found !== undefined) values[secret.key] = found
    } else if (Object.hasOwn(schema, key)) {
      const checked = checkAny(schema[key] as Description, given, inner, check)
      if (checked !== undefined) values[key] = checked
    } else {
      const nearest = nearestWord(key, keys)
      misspelt.add(nearest)
      const isSecret =
        isSecretName(key) ||
        (nearest !== undefined && (schema[nearest] as ValueDescription).sensitive === true)
      const expected = keys.length === 0 ? 'no key but type' : oneOf(keys)
      const at = path.length === 0 ? '' : ` in "${shown(path)}"`
      const message = `unknown key "${key}" with value ${isSecret ? NOT_SHOWN : show(given, check)}${at}`
      complain(check, inner, 'key', `${message}; expected ${expected}${meant(key, keys)}`)
    }
  }
  for (const key of keys) {
    const { required, sensitive } = schema[key] as ValueDescription
    const isGiven =
      Object.hasOwn(value, key) || (sensitive && (`${key}File` in value || `${key}Env` in value))
    if (required === true && !isGiven && !misspelt.has(key)) {
      const { expected } = formatOf(schema[key] as ValueDescription)
      complain(
        check,
        path,
        'key',
        `no "${key}"${path.length === 0 ? '' : ` in "${shown(path)}"`}; expected ${expected}`
      )
    }
  }
  return values
}

function checkPart(
  { types, plain }: Pick<PartDescription, 'types' | 'plain'>,
  value: unknown,
  path: Path,
  check: Check
): CheckedValues | undefined {
  if (typeof value === 'string') {
    const parsed = parsePartText(check.isText ? value : toBytes(value), types, plain)
    if ('problem' in parsed) {
      complain(check, path, 'value', `wrong value ${show(value, check)}${of(path)}: ${parsed.problem}`)
      return undefined
    }
    return checkPart({ types }, parsed.part, path, { ...check, isText: true })
  }
  const names = Object.keys(types)
  if (!isMap(value)) {
    complain(
      check,
      path,
      'value',
      `wrong value ${show(value, check)}${of(path)}; expected keys and values, type among them, or ${oneOf(names)}`
    )
    return undefined
  }
  const { type, ...options } = value
  if (type === undefined) {
    complain(
      check,
      path,
      'key',
      `no "type"${path.length === 0 ? '' : ` in "${shown(path)}"`}; expected ${oneOf(names)}`
    )
    return undefined
  }
  const known = typeof type === 'string' && Object.hasOwn(types, type) ? types[type] : undefined
  if (known === undefined) {
    const inner = [...path, 'type']
    const message = `wrong value ${show(type, check)} for "${shown(inner)}"`
    const hint = typeof type === 'string' ? meant(type, names) : ''
    complain(check, inner, 'value', `${message}; expected ${oneOf(names)}${hint}`)
    return undefined
  }
  return { type, ...checkGroup(known.options, options, path, check) }
}

function checkParts(
  { types }: PartsDescription,
  value: unknown,
  path: Path,
  check: Check
): CheckedValues[] | undefined {
  const named = namedParts(value, check)
  if (named === undefined) {
    const message = `wrong value ${show(value, check)}${of(path)}; expected names and what they stand for, or URLs`
    complain(check, path, 'value', message)
    return undefined
  }
  return named.flatMap(({ key, name, part }) => {
    const checked = checkPart({ types }, part, [...path, ...key], check)
    return checked === undefined ? [] : [{ name: name ?? nameOf(checked, types), ...checked }]
  })
}

interface NamedPart {
  readonly key: Path
  readonly name?: string
  readonly part: unknown
}

function namedParts(value: unknown, { isText }: Check): NamedPart[] | undefined {
  if (typeof value === 'string') return [{ key: [], part: value }]
  if (Array.isArray(value)) return value.map((part: unknown, index) => ({ key: [index], part }))
  if (!isMap(value) || isText) return undefined
  return Object.entries(value).map(([name, part]) => ({ key: [name], name: toBytes(name), part }))
}

/** Of a part that has no name: what it reads or writes, as SEC names its inputs. */
function nameOf(part: CheckedValues, types: PartTypes): string {
  const type = String(part.type)
  const { location: address, behind, options = {} } = types[type] ?? {}
  const location = behind ?? address
  if (location === undefined) return type
  return String(part[location] ?? (options[location] as ValueDescription).default)
}

function checkEntries(
  { entry, short }: EntriesDescription,
  value: unknown,
  path: Path,
  check: Check
): CheckedValues[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  return items.map((item, index) => {
    const inner = Array.isArray(value) ? [...path, index] : path
    if (isMap(item)) return checkGroup(entry, item, inner, check)
    const read = checkValue(entry[short] as ValueDescription, item, inner, check)
    return read === undefined ? {} : { [short]: read }
  })
}

interface SecretKey {
  readonly key: string
  readonly kind: 'File' | 'Env'
}

function secretKey(schema: Schema, written: string): SecretKey | undefined {
  const [, key = '', kind] = /^(.+)(File|Env)$/.exec(written) ?? []
  if (!Object.hasOwn(schema, key) || (schema[key] as ValueDescription).sensitive !== true) return undefined
  return { key, kind: kind as SecretKey['kind'] }
}

function checkSecret({ kind }: SecretKey, given: unknown, path: Path, check: Check): string | undefined {
  const what = kind === 'File' ? 'the path of a file' : 'the name of an environment variable'
  if (typeof given !== 'string' || given === '') {
    complain(check, path, 'value', `wrong value ${show(given, check)}${of(path)}; expected ${what}`)
    return undefined
  }
  try {
    const secret = check.secret(kind, check.isText ? given : toBytes(given))
    if (secret === '') throw new Error('it is empty')
    return secret
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    complain(
      check,
      path,
      'value',
      `wrong value ${show(given, check)}${of(path)}: ${reason}; expected ${what}`
    )
    return undefined
  }
}

function complain(check: Check, path: Path, what: 'key' | 'value', message: string): void {
  check.problem(`${check.place(path, what)}: ${message}`)
}

function meant(written: string, words: readonly string[]): string {
  const word = nearestWord(written, words)
  return word === undefined ? '' : `; did you mean "${word}"?`
}

function of(path: Path): string {
  return path.length === 0 ? '' : ` for "${shown(path)}"`
}

/** `rules[1].files` */
function shown(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('')
}

const LONGEST_SHOWN = 80

function show(value: unknown, { isText }: Check): string {
  const text = jsonOrElse(isText && typeof value === 'string' ? fromBytes(value) : value)
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
}

/** As JSON, if it can be that: an alias within its own anchor and what a program gives can not. */
function jsonOrElse(value: unknown): string {
  try {
    return jsonWithoutSecrets(value) ?? String(value)
  } catch {
    return lineWithoutSecrets(inspect(value, { depth: 1, breakLength: Infinity }))
  }
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
