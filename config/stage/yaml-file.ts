import { isUtf8 } from 'node:buffer'
import {
  type Alias,
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit
} from 'yaml'
import type { Path } from './check.ts'
import { isSecretName, lineWithoutSecrets, NOT_SHOWN } from './secrets.ts'

/** A configuration file: what it says, and where. */
export interface YamlFile {
  readonly value: unknown
  /** `correlog.yaml:12` */
  readonly place: (path: Path, what: 'key' | 'value') => string
}

/**
 * Parses YAML 1.2, and of 1.1 the key `<<`, which brings in the keys of an alias. What is no YAML, every key that is given
 * twice included, goes to `problem`.
 */
export function parseYamlFile(name: string, bytes: Buffer, problem: (message: string) => void): YamlFile {
  if (!isUtf8(bytes)) {
    problem(notUtf8(name, bytes))
    return { value: undefined, place: () => name }
  }
  const text = bytes.toString('utf8')
  const lines = new LineCounter()
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: true }
  const document = parseDocument(text, options)
  const at = (offset: number): string => `${name}:${lines.linePos(offset).line}`
  const faults = [...document.errors, ...document.warnings]
  for (const { pos, code, message } of faults) {
    problem(`${at(pos[0])}: ${faultText(code, message, text.slice(pos[0]))}`)
  }
  const place = (path: Path, what: 'key' | 'value'): string => at(offsetOf(document, path, what))
  const loose = document.errors.length > 0 ? [] : looseAliases(document)
  for (const { source, range } of loose) {
    problem(`${at(range?.[0] ?? 0)}: no anchor "&${source}" before the alias "*${source}"; expected one`)
  }
  if (document.errors.length > 0 || loose.length > 0) return { value: undefined, place }
  return { value: valueOf(document, (offset, message) => problem(`${at(offset)}: ${message}`)), place }
}

function notUtf8(name: string, bytes: Buffer): string {
  let line = 1
  for (let start = 0; ; line++) {
    const end = bytes.indexOf('\n', start)
    const content = bytes.subarray(start, end < 0 ? undefined : end)
    if (!isUtf8(content) || end < 0) {
      const shown = JSON.stringify(lineWithoutSecrets(content.toString('utf8').trim()))
      return `${name}:${line}: not UTF-8: ${shown}; expected a file in UTF-8`
    }
    start = end + 1
  }
}

function looseAliases(document: Document): Alias[] {
  const loose: Alias[] = []
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) === undefined) loose.push(alias)
    }
  })
  return loose
}

/** `rest` begins with what is wrong. */
function faultText(code: string, message: string, rest: string): string {
  const [line = ''] = rest.split('\n', 1)
  if (code === 'DUPLICATE_KEY') {
    const [, key = line, value = ''] = /^([^:]*):\s*(.*)$/.exec(line) ?? []
    const shown = isSecretName(key) ? NOT_SHOWN : JSON.stringify(lineWithoutSecrets(value))
    return `key "${key}" is given twice, here with value ${shown}; expected it once`
  }
  if (code === 'MULTIPLE_DOCS') return 'a second document begins; expected one'
  const near = line.trim() === '' ? '' : ` at ${JSON.stringify(lineWithoutSecrets(line.trim()))}`
  return `not YAML${near}: ${message.split('\n', 1)[0]}`
}

function valueOf(document: Document, problem: (offset: number, message: string) => void): unknown {
  // An empty file is no error: the command line may say everything.
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null))
    return {}
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown
  } catch (error) {
    problem(0, `not YAML: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

/** Of the key or the value at a path, or of the innermost part of the path that is there. */
function offsetOf(document: Document, path: Path, what: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const [index, key] of path.entries()) {
    if (!isCollection(node)) return offset
    const isLast = index === path.length - 1
    if (isMap(node)) {
      const pair = node.items.find(each => (isScalar(each.key) ? String(each.key.value) : undefined) === key)
      if (pair === undefined) return offset
      const keyOffset = startOf(pair.key) ?? offset
      offset =
        isLast && what === 'value' && pair.value !== null ? valueStart(pair.value, keyOffset) : keyOffset
      node = pair.value
    } else {
      node = node.get(key, true)
      offset = startOf(node) ?? offset
    }
  }
  return offset
}

/** A map or list begins below its key, but it is its key that people look for. */
function valueStart(value: unknown, keyOffset: number): number {
  return isCollection(value) ? keyOffset : (startOf(value) ?? keyOffset)
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined
}
