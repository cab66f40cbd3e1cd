import type { RestoredContext } from '../contexts/store.ts'
import type { InputBuffer } from '../input-buffers.ts'
import type { Operation } from '../operations.ts'
import type { MatchCache } from '../patterns/match-variables.ts'
import type { PerlEntriesState } from '../perl/entries.ts'
import type { PerlReference } from '../perl/host.ts'
import type { Rule, RuleSet } from '../rules/rule.ts'
import type { AwaitedScript } from '../scripts.ts'
import type { PendingEvent, SyntheticEvent } from '../synthetic-events.ts'
import { type Dropped, type RememberedRule, readRememberedRule } from './dropped.ts'
import { EntryReader } from './entry-reader.ts'
import { withoutChunk } from './chunks.ts'
import { Fields, isNumber, isObject, isRecordOf, isString } from './fields.ts'
import {
  isVariables,
  readBuffer,
  readContext,
  readEvent,
  readOperation,
  readPending,
  readScript
} from './forms.ts'
import { type Head, readHead, STATE_VERSION } from './head.ts'
import { damaged, StateError } from './state-error.ts'

/** A state, read. Everything is in order of creation. */
export interface RestoredState {
  readonly head: Head
  readonly operations: readonly Operation[]
  readonly contexts: readonly RestoredContext[]
  readonly queue: SyntheticEvent[]
  readonly pending: readonly (readonly [number, PendingEvent])[]
  readonly variables: readonly (readonly [string, string | null | PerlReference])[]
  readonly buffers: readonly (readonly [string, InputBuffer])[]
  readonly cache: MatchCache
  /** What entries of the cache are in Perl. */
  readonly perlCache: PerlEntriesState | undefined
  readonly scripts: readonly (readonly [number, AwaitedScript])[]
  readonly readers: readonly (readonly [number, string])[]
  readonly minutes: readonly (readonly [string, string])[]
  readonly substitution: { readonly description: string; readonly now: number } | undefined
  /** What was left out. */
  readonly dropped: readonly Dropped[]
  /** Entries of what was left out. */
  readonly obsolete: readonly string[]
  /** `EntryReader.cut` */
  readonly cut: Map<string, number>
}

/** Each kind's entries are `<prefix>/<id>`, and what else is under such a key belongs to it. */
const PREFIXES = [
  'op',
  'ctx',
  'event',
  'pending',
  'var',
  'buffer',
  'script',
  'reader',
  'calendar',
  'rule'
] as const
type Prefix = (typeof PREFIXES)[number]

/**
 * Reads the entries of a state; keys of other prefixes are not looked at. `undefined`: there is no state in them.
 *
 * @throws StateError if the state is of another version or damaged.
 */
export function readState(entries: ReadonlyMap<string, string>, ruleSet: RuleSet): RestoredState | undefined {
  const reader = new EntryReader(entries)
  const ids = idsByPrefix(reader)
  if (!reader.has('correlator')) {
    if ([...ids.values()].every(list => list.length === 0)) return undefined
    return damaged('correlator', 'missing')
  }
  const head = readHead(fieldsOfHead(reader))
  const of = (prefix: Prefix): readonly string[] => ids.get(prefix) ?? []
  const fields = (prefix: Prefix, id: string): Fields => Fields.of(reader, `${prefix}/${id}`)
  const text = (prefix: Prefix, id: string): string => {
    const value = reader.value(`${prefix}/${id}`)
    return isString(value) ? value : damaged(`${prefix}/${id}`, 'expected a string')
  }

  const rules = new Map(ruleSet.rules.map(rule => [rule.identity.id, rule]))
  const drops = new Drops(reader)
  /** Reads what belongs to rules; what belongs to one that is gone is dropped. */
  const ofRules = <Value>(
    prefix: 'op' | 'script',
    read: (id: number, rule: Rule, fields: Fields) => Value
  ): Value[] =>
    numbers(prefix, of(prefix)).flatMap(id => {
      const entry = fields(prefix, String(id))
      const identity = entry.string('rule')
      const rule = rules.get(identity)
      if (rule !== undefined) return [read(id, rule, entry)]
      drops.add(prefix, id, identity)
      return []
    })
  const operations = ofRules('op', readOperation)
  const scripts = ofRules('script', (id, rule, entry) => [id, readScript(rule, entry)] as const)
  const goneMinutes = of('calendar').filter(id => !rules.has(id))
  return {
    head,
    operations,
    scripts,
    contexts: numbers('ctx', of('ctx')).map(id =>
      readContext(id, identity => rules.get(identity), fields('ctx', String(id)))
    ),
    queue: numbers('event', of('event')).map((number, index) =>
      number === head.firstEvent + index
        ? readEvent(fields('event', String(number)))
        : damaged(`event/${head.firstEvent + index}`, 'missing')
    ),
    pending: numbers('pending', of('pending')).map(id => [id, readPending(fields('pending', String(id)))]),
    variables: of('var').map(name => [name, readVariable(reader, `var/${name}`)]),
    buffers: of('buffer').map(source => [source, readBuffer(fields('buffer', source))]),
    cache: readCache(reader),
    perlCache: readPerlCache(reader),
    readers: numbers('reader', of('reader')).map(id => [id, text('reader', String(id))]),
    minutes: of('calendar').flatMap(id => (rules.has(id) ? [[id, text('calendar', id)] as const] : [])),
    substitution: readSubstitution(reader),
    dropped: drops.report(),
    obsolete: [...drops.keys(), ...goneMinutes.map(id => `calendar/${id}`)],
    cut: reader.cut
  }
}

/** Counts what is dropped, by rule. */
class Drops {
  readonly #reader: EntryReader
  readonly #owners = new Set<string>()
  readonly #counts = new Map<string, { op: number; script: number }>()

  constructor(reader: EntryReader) {
    this.#reader = reader
  }

  add(prefix: 'op' | 'script', id: number, identity: string): void {
    this.#owners.add(`${prefix}/${id}`)
    const counts = this.#counts.get(identity) ?? { op: 0, script: 0 }
    counts[prefix]++
    this.#counts.set(identity, counts)
  }

  report(): Dropped[] {
    return [...this.#counts].map(([identity, { op, script }]) => ({
      rule: this.#rule(identity),
      operations: op,
      scripts: script
    }))
  }

  /** All that is kept of it, segments and chunks too. */
  keys(): string[] {
    if (this.#owners.size === 0) return []
    return [...this.#reader.keys()].filter(key => {
      const [prefix, id] = withoutChunk(key).split('/', 2)
      return this.#owners.has(`${prefix}/${id}`)
    })
  }

  #rule(identity: string): RememberedRule {
    return readRememberedRule(Fields.of(this.#reader, `rule/${identity}`))
  }
}

function fieldsOfHead(reader: EntryReader): Fields {
  const fields = Fields.of(reader, 'correlator')
  const version = fields.number('version')
  if (version === STATE_VERSION) return fields
  throw new StateError(
    'STATE_VERSION',
    'correlator',
    `state entry "correlator": the state is of version ${version}; expected ${STATE_VERSION}`
  )
}

function idsByPrefix(reader: EntryReader): Map<string, string[]> {
  const ids = new Map<string, string[]>(PREFIXES.map(prefix => [prefix, []]))
  for (const key of reader.keys()) {
    const slash = key.indexOf('/')
    const prefix = key.slice(0, slash)
    const id = key.slice(slash + 1)
    const isSegment = (prefix === 'op' || prefix === 'ctx') && id.includes('/')
    if (slash !== -1 && !isSegment) ids.get(prefix)?.push(id)
  }
  return ids
}

/** Ascending. */
function numbers(prefix: Prefix, ids: readonly string[]): number[] {
  return ids
    .map(id => (/^\d+$/.test(id) ? Number(id) : damaged(`${prefix}/${id}`, 'expected a number in the key')))
    .sort((a, b) => a - b)
}

function readVariable(reader: EntryReader, key: string): string | null | PerlReference {
  const value = reader.value(key)
  if (value === null || isString(value)) return value
  if (!isObject(value)) return damaged(key, 'expected a string, null or a reference of Perl')
  const { reference, text } = value
  if (isNumber(reference) && isString(text)) return { reference, text }
  return damaged(key, 'expected the number and text of a reference of Perl')
}

function readCache(reader: EntryReader): MatchCache {
  const cache = reader.has('cache') ? reader.value('cache') : {}
  return isRecordOf(cache, isVariables) ? cache : damaged('cache', 'expected match variables by entry')
}

function readPerlCache(reader: EntryReader): PerlEntriesState | undefined {
  const key = 'perl-cache'
  if (!reader.has(key)) return undefined
  const value = reader.value(key)
  const isState =
    isObject(value) &&
    Array.isArray(value['bases']) &&
    value['bases'].every(isNumber) &&
    isRecordOf(value['entries'], isPerlEntry)
  return isState
    ? (value as unknown as PerlEntriesState)
    : damaged(key, 'expected numbers of hashes by entry')
}

function isPerlEntry(value: unknown): value is PerlEntriesState['entries'][string] {
  if (!isObject(value)) return false
  const { base, hash, map } = value
  const isNumberOrNothing = (each: unknown): boolean => each === undefined || isNumber(each)
  const isName = (each: unknown): boolean =>
    isObject(each) && isString(each['name']) && isNumber(each['number'])
  return isNumberOrNothing(base) && isNumberOrNothing(hash) && Array.isArray(map) && map.every(isName)
}

function readSubstitution(reader: EntryReader): RestoredState['substitution'] {
  if (!reader.has('substitution')) return undefined
  const fields = Fields.of(reader, 'substitution')
  return { description: fields.string('description'), now: fields.number('now') }
}
