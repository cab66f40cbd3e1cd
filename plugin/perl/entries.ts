import type { Core } from '../core.ts'
import type { MatchVariables } from '../patterns/match-variables.ts'
import type { PerlArgument, PerlCall, PerlHash, PerlHost } from './host.ts'
import { KeptHash } from './kept-hash.ts'

/** What is known of an entry of the pattern match cache: how its hash comes about, and which it is then. */
interface Entry {
  /** Of what a pattern's function has returned: the hash is a copy of it, references and all. */
  readonly base: KeptHash | undefined
  /** Names that a variable map gives to values of the base. */
  readonly map: VariableNames
  hash: number | undefined
}

type EntryState = Omit<Entry, 'base'> & { readonly base: number | undefined }

/** What is remembered of them between two lines. Plain data; numbers are those of a life of the Perl. */
export interface PerlEntriesState {
  readonly bases: readonly number[]
  readonly entries: Readonly<Record<string, EntryState>>
}

type VariableNames = readonly { readonly name: string; readonly number: number }[]

/**
 * The entries of the pattern match cache as hashes in Perl, for `:>`. One is made when it is first asked for, each with
 * its own; functions may change it, and find their changes, and what the hash refers to, in the next call. They are gone with
 * the cache, at the next event.
 */
export class PerlEntries {
  readonly #perl: PerlHost
  /** By what a pattern's function has matched. */
  readonly #bases = new Map<MatchVariables, KeptHash>()
  /** Those that were restored: nothing matches anew by them. */
  #otherBases: readonly number[] = []
  readonly #entries = new Map<string, Entry>()

  constructor(perl: PerlHost) {
    this.#perl = perl
  }

  /** A pattern's function has returned what is kept in Perl as `hash`. */
  matched(match: MatchVariables, hash: KeptHash): void {
    this.#bases.set(match, hash)
  }

  /** An entry was stored: the variables of a match with those that a variable map names. */
  stored(entry: string, match: MatchVariables, map: VariableNames): void {
    this.#forget(entry)
    this.#entries.set(entry, { base: this.#bases.get(match), map, hash: undefined })
  }

  /** The entries of these names, if Perl has never had a part in them: so they are nothing but these strings. */
  unshared(names: readonly string[], core: Core): readonly MatchVariables[] | undefined {
    const all: MatchVariables[] = []
    for (const name of names) {
      const entry = this.#entries.get(name)
      const variables = Object.hasOwn(core.cache, name) ? core.cache[name] : undefined
      if (entry === undefined || variables === undefined) return undefined
      if (entry.hash !== undefined || entry.base?.isInPerl === true) return undefined
      all.push(variables)
    }
    return all
  }

  /** A call with the entries of these names. What it changes in them is in the cache when it has returned. */
  call(names: readonly string[], core: Core): PerlCall {
    const first = new Map<string, number>()
    /** Those whose hashes are passed, in their order. */
    const passed: string[] = []
    const given = names.map((name, index): PerlArgument => {
      const variables = Object.hasOwn(core.cache, name) ? core.cache[name] : undefined
      if (variables === undefined) return undefined
      const before = first.get(name)
      if (before !== undefined) return { sameAs: before }
      first.set(name, index)
      passed.push(name)
      return this.#argumentOf(name, variables)
    })
    const onHash = (index: number, { hash, changed }: PerlHash): void => {
      const name = passed[index] as string
      const entry = this.#entries.get(name) as Entry
      if (changed !== undefined) core.replaceMatch(name, changed)
      this.#entries.set(name, { ...entry, hash })
    }
    return { arguments: given, onHash }
  }

  /** The cache is empty again. */
  clear(): void {
    if (this.#bases.size + this.#otherBases.length > 0) {
      const made = [...this.#bases.values()].filter(base => base.isInPerl)
      this.#perl.release([...numbersOf(made), ...this.#otherBases])
      this.#bases.clear()
      this.#otherBases = []
    }
    if (this.#entries.size === 0) return
    for (const name of this.#entries.keys()) this.#forget(name)
    this.#entries.clear()
  }

  /** `undefined`: there is nothing that the cache itself does not say. */
  get state(): PerlEntriesState | undefined {
    const entries = [...this.#entries]
      .map(([name, { base, ...entry }]) => [name, { ...entry, base: base?.number }] as const)
      .filter(([, { base, hash }]) => base !== undefined || hash !== undefined)
    const bases = [...numbersOf(this.#bases.values()), ...this.#otherBases]
    if (entries.length + bases.length === 0) return undefined
    return { bases, entries: Object.fromEntries(entries) }
  }

  /** Into none. */
  restore({ bases, entries }: PerlEntriesState): void {
    this.#otherBases = bases
    for (const [name, { base, ...entry }] of Object.entries(entries)) {
      this.#entries.set(name, { ...entry, base: base === undefined ? undefined : new KeptHash(base) })
    }
  }

  #argumentOf(name: string, variables: MatchVariables): PerlArgument {
    const entry = this.#entries.get(name)
    if (entry?.hash !== undefined) return { hash: entry.hash }
    if (entry === undefined) {
      // From before a restart.
      this.#entries.set(name, { base: undefined, map: [], hash: undefined })
      return { variables }
    }
    const { map } = entry
    const base = entry.base?.number
    if (base === undefined) return { variables }
    return {
      base,
      variables: commonOf(variables),
      copies: map.map(each => ({ name: each.name, of: String(each.number) }))
    }
  }

  #forget(name: string): void {
    const hash = this.#entries.get(name)?.hash
    if (hash !== undefined) this.#perl.release([hash])
  }
}

function numbersOf(hashes: Iterable<KeptHash>): number[] {
  return [...hashes].flatMap(({ number }) => number ?? [])
}

/** What every match has beside what a function returned. Source: SEC manual, "PerlFunc". */
function commonOf(variables: MatchVariables): MatchVariables {
  return { 0: variables['0'], _inputsrc: variables['_inputsrc'], _intcontext: variables['_intcontext'] }
}
