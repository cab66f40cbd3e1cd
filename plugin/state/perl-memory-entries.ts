import type { StateChanges } from '../adapter.ts'
import type { PerlMemory } from '../perl/memory.ts'
import type { Entries } from './entries.ts'
import type { EntryWriter } from './entry-writer.ts'

/** What Perl code remembers. It knows itself what has changed, also over a change of rules. */
export class PerlMemoryEntries implements Entries {
  readonly #memory: PerlMemory
  /** What the code of all rules takes at the start, so that the first checkpoint need not wait for it. */
  #first: StateChanges | undefined

  constructor(memory: PerlMemory) {
    this.#memory = memory
  }

  track(): void {
    this.#first = this.#memory.changes()
  }

  writeAll(writer: EntryWriter): void {
    for (const [key, value] of this.#memory.snapshot()) writer.put(key, value)
  }

  writeChanges(writer: EntryWriter): void {
    if (this.#first !== undefined) write(this.#first, writer)
    this.#first = undefined
    write(this.#memory.changes(), writer)
  }
}

function write({ set, deleted }: StateChanges, writer: EntryWriter): void {
  for (const key of deleted) writer.remove(key)
  for (const [key, value] of set) writer.put(key, value)
}
