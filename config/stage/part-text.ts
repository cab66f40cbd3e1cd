import type { PartTypes } from './description.ts'
import { fromBytes, oneOf } from './formats.ts'

/** A part that was written as a text: its type, and texts by key, nested as in the file. */
export type PartText = { readonly part: Readonly<Record<string, unknown>> } | { readonly problem: string }

type Nested = { [key: string]: string | Nested }

/**
 * Reads `TYPE`, `TYPE:LOCATION` (an address as `TYPE://ADDRESS`) and `TYPE:LOCATION?key=value&key.key=value`. Bytes are written as they are or as `%FF`.
 * `text` and what comes of it are byte strings.
 */
export function parsePartText(text: string, types: PartTypes, plain: string | undefined): PartText {
  const [, scheme = '', rest] = /^([a-z][a-z0-9+.-]*)(?::(.*))?$/s.exec(text) ?? []
  const type = Object.hasOwn(types, scheme) ? types[scheme] : undefined
  if (type === undefined) {
    if (plain !== undefined) {
      return { part: { type: plain, [types[plain]?.location ?? '']: text } }
    }
    const isWord = rest === undefined && scheme !== ''
    if (isWord && !Object.values(types).some(({ location }) => location !== undefined)) {
      return { part: { type: scheme } }
    }
    return { problem: `no such URL; expected ${oneOf(urlForms(types))}` }
  }
  const [, location = '', query = ''] = /^([^?]*)(?:\?(.*))?$/s.exec(rest ?? '') ?? []
  const part: Nested = Object.create(null) as Nested
  part.type = scheme
  if (type.behind !== undefined) {
    const [, address = '', , behind = ''] = /^(?:\/\/([^/]*))?(\/|$)?(.*)$/s.exec(location) ?? []
    if (address !== '' && type.location !== undefined) part[type.location] = decode(address)
    if (behind !== '') part[type.behind] = decode(behind)
    return withQuery(part, query)
  }
  const path = location.replace(type.hasAddress === true ? /^\/\// : /^\/\/(?=\/)/, '')
  if (type.location === undefined) {
    if (path !== '') return { problem: `nothing is expected behind "${scheme}:" but ?key=value` }
  } else if (path.startsWith('//')) {
    return { problem: `a host is not expected; expected ${scheme}:PATH or ${scheme}:///PATH` }
  } else if (path !== '') part[type.location] = decode(path)
  return withQuery(part, query)
}

function withQuery(part: Nested, query: string): PartText {
  for (const each of query.split('&').filter(item => item !== '')) {
    const [, key = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(each) ?? []
    if (value === undefined) {
      return { problem: `no value for "${show(key)}"; expected ${show(key)}=value` }
    }
    if (!put(part, decode(key).split('.'), decode(value))) {
      return { problem: `"${show(key)}" is given twice` }
    }
  }
  return { part }
}

/** `file:PATH`, `fluent://ADDRESS`, `stdin:` … */
export function urlForms(types: PartTypes): string[] {
  return Object.entries(types).map(([name, { location, hasAddress, behind }]) => {
    const place = `${hasAddress === true ? '//' : ''}${location?.toUpperCase() ?? ''}`
    return `${name}:${place}${behind === undefined ? '' : `/${behind.toUpperCase()}`}`
  })
}

/** `codec=json` beside `codec.fields.body=msg` is the part's type. False: it is there already. */
function put(into: Nested, [key = '', ...more]: readonly string[], value: string): boolean {
  const found = Object.hasOwn(into, key) ? into[key] : undefined
  if (more.length > 0) {
    const inner = typeof found === 'object' ? found : (Object.create(null) as Nested)
    if (typeof found === 'string') inner.type = found
    into[key] = inner
    return put(inner, more, value)
  }
  if (typeof found === 'object') return put(found, ['type'], value)
  if (found !== undefined) return false
  into[key] = value
  return true
}

function decode(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_match, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16))
  )
}

function show(key: string): string {
  return fromBytes(decode(key))
}
