import type { StateChanges } from '../adapter.ts'
import type { Core } from '../core.ts'
import type { InputBuffer } from '../input-buffers.ts'
import type { MatchCache } from '../patterns/match-variables.ts'
import type { RuleSet } from '../rules/rule.ts'
import { rememberRule } from './dropped.ts'
import { ComparedEntries, type Entries, QueueEntries, TrackedEntries } from './entries.ts'
import { EntryWriter } from './entry-writer.ts'
import {
  bufferForm,
  calendarForm,
  contextForm,
  operationForm,
  pendingForm,
  readerForm,
  scriptForm,
  variableForm
} from './forms.ts'
import { PERL_MEMORY } from '../perl/memory.ts'
import { encodeHead, type Head } from './head.ts'
import { PerlMemoryEntries } from './perl-memory-entries.ts'
import type { RestoredState } from './restored.ts'
import type { TrackedMap } from './tracked-map.ts'

/** Writes the state of a correlator: all of it, or what has changed. */
export class StateKeeper {
  readonly #entries: readonly Entries[]
  readonly #compared: readonly ComparedEntries[]
  readonly #perl: PerlMemoryEntries | undefined
  /** How many chunks the entries have that are cut. */
  #cut = new Map<string, number>()
  /** Entries that were restored from and are to go. */
  #obsolete: readonly string[] = []
  #tracking = false

  constructor(core: Core, buffers: TrackedMap<string, InputBuffer>, head: () => Head) {
    const { operations, contexts, events, variables, scripts, lastMinutes } = core
    const ruleSet = (): RuleSet => core.ruleSet
    this.#compared = [
      new ComparedEntries('correlator', () => new Map([['correlator', encodeHead(head())]])),
      new ComparedEntries('rule', ruleEntries(ruleSet)),
      new ComparedEntries(
        'cache',
        cacheEntries(() => core.cache)
      ),
      new ComparedEntries('substitution', () => substitutionEntries(core)),
      new ComparedEntries('perl-cache', () => perlCacheEntries(core))
    ]
    this.#perl = core.perl?.memory && new PerlMemoryEntries(core.perl.memory)
    this.#entries = [
      ...this.#compared,
      new TrackedEntries(operations.byId, operationForm(ruleSet)),
      new TrackedEntries(
        contexts.byId,
        contextForm(context => contexts.nameNumbers(context))
      ),
      new QueueEntries(events),
      new TrackedEntries(events.pending, pendingForm),
      new TrackedEntries(variables.values, variableForm),
      new TrackedEntries(buffers, bufferForm),
      new TrackedEntries(scripts.awaited, scriptForm(ruleSet)),
      new TrackedEntries(scripts.eventContexts, readerForm),
      new TrackedEntries(lastMinutes, calendarForm),
      ...(this.#perl === undefined ? [] : [this.#perl])
    ]
  }

  /** From now on `changes` may be called; without `restored`, its first answer is the whole state. */
  track(restored?: { readonly entries: ReadonlyMap<string, string>; readonly state: RestoredState }): void {
    this.#tracking = true
    for (const entries of this.#entries) entries.track()
    if (restored === undefined) return
    this.#cut = restored.state.cut
    this.#obsolete = restored.state.obsolete
    if (this.#perl === undefined) {
      const ofPerl = [...restored.entries.keys()].filter(key => key.startsWith(PERL_MEMORY))
      this.#obsolete = [...this.#obsolete, ...ofPerl]
    }
    for (const compared of this.#compared) compared.restore(restored.entries)
  }

  snapshot(): ReadonlyMap<string, string> {
    const writer = new EntryWriter()
    for (const entries of this.#entries) entries.writeAll(writer)
    return writer.set
  }

  snapshotBesidePerl(): ReadonlyMap<string, string> {
    const writer = new EntryWriter()
    for (const entries of this.#entries) if (entries !== this.#perl) entries.writeAll(writer)
    return writer.set
  }

  changes(): StateChanges {
    if (!this.#tracking) throw new Error('the correlator was made without trackChanges')
    const writer = new EntryWriter(this.#cut)
    for (const key of this.#obsolete) writer.remove(key)
    this.#obsolete = []
    for (const entries of this.#entries) entries.writeChanges(writer)
    return writer
  }
}

/** Made once for a rule set. */
function ruleEntries(ruleSet: () => RuleSet): () => ReadonlyMap<string, string> {
  let made: { readonly of: RuleSet; readonly entries: ReadonlyMap<string, string> } | undefined
  return () => {
    const of = ruleSet()
    if (made?.of !== of) {
      const entries = of.rules.map(
        rule => [`rule/${rule.identity.id}`, JSON.stringify(rememberRule(rule))] as const
      )
      made = { of, entries: new Map(entries) }
    }
    return made.entries
  }
}

/** The match cache is never changed but replaced. */
function cacheEntries(cache: () => MatchCache): () => ReadonlyMap<string, string> {
  let made: { readonly of: MatchCache; readonly entries: ReadonlyMap<string, string> } | undefined
  return () => {
    const of = cache()
    if (made?.of !== of) {
      const isEmpty = Object.keys(of).length === 0
      made = { of, entries: new Map(isEmpty ? [] : [['cache', JSON.stringify(of)]]) }
    }
    return made.entries
  }
}

function perlCacheEntries({ perlEntries }: Core): ReadonlyMap<string, string> {
  const state = perlEntries?.state
  return new Map(state && [['perl-cache', JSON.stringify(state)]])
}

function substitutionEntries({ variables }: Core): ReadonlyMap<string, string> {
  const { lastSubstitution } = variables
  return new Map(lastSubstitution && [['substitution', JSON.stringify(lastSubstitution)]])
}
