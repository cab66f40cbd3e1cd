import type { StateChanges } from '../../../plugin/adapter.ts'
import { PERL_MEMORY, type PerlMemory, type PerlRestored } from '../../../plugin/perl/memory.ts'
import { PerlLost } from '../backend.ts'
import { BLOCK_BYTES, checksumOf, decodeBlock, type EncodedBlock, type MemoryImage } from './memory-image.ts'

/** A Perl that runs, to be kept. */
export interface KeptPerl {
  readonly image: MemoryImage
  /** What its memory is a difference to. */
  readonly build: string
  readonly life: string
  readonly stackPointer: number
  /** Of the memory. */
  readonly bytes: number
  readonly mostBytes: number
  /** Numbers of the files that its code has open. */
  readonly openFiles: readonly number[]
  /** Whether code has run since this was set to false. */
  hasRun: boolean
  /** Its memory is now that of another Perl. That one's files are not open any more; their numbers stay taken until closed. */
  continueAs(other: Pick<KeptPerl, 'life' | 'stackPointer'> & { readonly files: readonly number[] }): void
}

/** The entry `perl/head`. */
interface Head {
  readonly version: number
  readonly build: string
  readonly life: string
  readonly bytes: number
  readonly stackPointer: number
  readonly files: readonly number[]
  /** How many blocks there are, and the sum of their checksums: all are of one moment. */
  readonly blocks: number
  readonly sum: number
}

const VERSION = 1
const HEAD = `${PERL_MEMORY}head`
/** So many blocks are made small in one go: some 15 ms. Of others that is done later. */
const MOST_DEFLATED = 256
const NOTHING: StateChanges = { set: new Map(), deleted: [] }

/** The memory of a WebAssembly Perl as entries of a state: `perl/head`, and `perl/<number>` for each block that has changed. */
export class KeptMemory implements PerlMemory {
  readonly #perl: () => KeptPerl | undefined
  readonly #begin: () => KeptPerl
  /** The life that the state is of, if it is of any. */
  #life: string | undefined
  /** The blocks in the state, and their checksums. */
  readonly #written = new Map<number, number>()
  /** Blocks that were seen to have changed and are not in the state as they are. */
  readonly #waiting = new Set<number>()
  /** Blocks that the state has as they are, to be made small. */
  readonly #stored = new Set<number>()
  /** Entries of the state that were not restored. */
  #obsolete: readonly string[] = []

  /** @param perl the one that runs, `undefined` if none does. @param begin makes it run. */
  constructor(perl: () => KeptPerl | undefined, begin: () => KeptPerl) {
    this.#perl = perl
    this.#begin = begin
  }

  snapshot(): ReadonlyMap<string, string> {
    const set = new Map<string, string>()
    const perl = this.#perl()
    if (perl === undefined) return set
    this.#look(perl)
    const sums = new Map<number, number>()
    for (const block of perl.image.blocks) {
      const encoded = perl.image.encode(block)
      if (encoded === undefined) continue
      set.set(keyOf(block), encoded.toString('latin1'))
      sums.set(block, checksumOf(encoded))
    }
    return set.set(HEAD, encodeHead(perl, sums))
  }

  changes(): StateChanges {
    const perl = this.#perl()
    if (perl === undefined) return this.#nothingIsLeft()
    const isSame = perl.life === this.#life
    if (isSame && !perl.hasRun && this.#waiting.size + this.#stored.size === 0) return NOTHING
    this.#look(perl)
    const set = new Map<string, string>()
    const deleted = new Set(this.#obsolete)
    const changed = isSame ? this.#waiting : new Set([...this.#written.keys(), ...perl.image.blocks])
    const stored = isSame ? [...this.#stored].filter(block => !changed.has(block)) : []
    this.#stored.clear()
    let count = 0
    for (const block of [...changed, ...stored]) {
      const isSmall = count < MOST_DEFLATED
      if (!isSmall && !changed.has(block)) {
        this.#stored.add(block)
        continue
      }
      const key = keyOf(block)
      const encoded = perl.image.encode(block, isSmall)
      if (encoded === undefined) {
        if (this.#written.delete(block)) deleted.add(key)
        continue
      }
      count++
      if (!isSmall) this.#stored.add(block)
      this.#written.set(block, checksumOf(encoded))
      set.set(key, encoded.toString('latin1'))
      deleted.delete(key)
    }
    this.#life = perl.life
    this.#obsolete = []
    this.#waiting.clear()
    set.set(HEAD, encodeHead(perl, this.#written))
    deleted.delete(HEAD)
    return { set, deleted: [...deleted] }
  }

  restore(entries: ReadonlyMap<string, string>, life: string | undefined): PerlRestored {
    this.#obsolete = [...entries.keys()].filter(key => key.startsWith(PERL_MEMORY))
    this.#life = undefined
    this.#written.clear()
    this.#stored.clear()
    if (life === undefined) return { ok: false, reason: undefined }
    try {
      const perl = this.#begin()
      const head = readHead(entries.get(HEAD))
      check(head, life, perl)
      const blocks = readBlocks(this.#obsolete, entries, head)
      const differences = new Map([...blocks].map(([block, encoded]) => [block, decodeBlock(block, encoded)]))
      perl.image.restore(differences, head.bytes)
      perl.continueAs(head)
      this.#life = life
      for (const [block, encoded] of blocks) this.#written.set(block, checksumOf(encoded))
      this.#obsolete = []
      return { ok: true, lostFiles: head.files.length }
    } catch (error) {
      if (error instanceof RangeError || error instanceof PerlLost)
        return { ok: false, reason: error.message }
      throw error
    }
  }

  #look(perl: KeptPerl): void {
    if (!perl.hasRun) return
    perl.hasRun = false
    for (const block of perl.image.look()) this.#waiting.add(block)
  }

  /** No Perl runs: what it held is lost, or there was none. */
  #nothingIsLeft(): StateChanges {
    const deleted = [...this.#obsolete, ...[...this.#written.keys()].map(keyOf)]
    if (this.#life !== undefined) deleted.push(HEAD)
    this.#life = undefined
    this.#obsolete = []
    this.#written.clear()
    this.#waiting.clear()
    return deleted.length === 0 ? NOTHING : { set: new Map(), deleted }
  }
}

function keyOf(block: number): string {
  return `${PERL_MEMORY}${block}`
}

function encodeHead(
  { build, life, bytes, stackPointer, openFiles }: KeptPerl,
  sums: ReadonlyMap<number, number>
): string {
  const head: Head = {
    version: VERSION,
    build,
    life,
    bytes,
    stackPointer,
    files: openFiles,
    blocks: sums.size,
    sum: sumOf(sums.values())
  }
  return JSON.stringify(head)
}

function sumOf(checksums: Iterable<number>): number {
  let sum = 0
  for (const each of checksums) sum = (sum + each) % 2 ** 32
  return sum
}

function readHead(text: string | undefined): Head {
  if (text === undefined) throw new RangeError('the state does not hold it')
  try {
    const head: unknown = JSON.parse(text)
    if (isHead(head)) return head
  } catch {}
  throw new RangeError(`its entry "${HEAD}" is damaged`)
}

function isHead(value: unknown): value is Head {
  if (typeof value !== 'object' || value === null) return false
  const head = value as Readonly<Record<string, unknown>>
  const numbers = ['version', 'bytes', 'stackPointer', 'blocks', 'sum']
  return (
    numbers.every(name => Number.isSafeInteger(head[name])) &&
    typeof head['build'] === 'string' &&
    typeof head['life'] === 'string' &&
    Array.isArray(head['files']) &&
    head['files'].every(Number.isSafeInteger)
  )
}

function check(head: Head, life: string, perl: KeptPerl): void {
  if (head.version !== VERSION) {
    throw new RangeError(`it was written in version ${head.version}; expected ${VERSION}`)
  }
  if (head.build !== perl.build) {
    throw new RangeError(`it is of another build of Perl: ${head.build}; expected ${perl.build}`)
  }
  if (head.life !== life) throw new RangeError(`it is of the life ${head.life}; expected ${life}`)
  if (head.bytes > perl.mostBytes) {
    throw new RangeError(`it has ${head.bytes} bytes; expected ${perl.mostBytes} at most`)
  }
}

function readBlocks(
  keys: readonly string[],
  entries: ReadonlyMap<string, string>,
  head: Head
): Map<number, EncodedBlock> {
  const blocks = new Map<number, EncodedBlock>()
  for (const key of keys) {
    const block = Number(key.slice(PERL_MEMORY.length))
    if (key === HEAD) continue
    if (!(block >= 0 && (block + 1) * BLOCK_BYTES <= head.bytes)) {
      throw new RangeError(`its entry "${key}" is none of its ${head.bytes / BLOCK_BYTES} blocks`)
    }
    blocks.set(block, Buffer.from(entries.get(key) ?? '', 'latin1'))
  }
  const sum = sumOf([...blocks.values()].map(checksumOf))
  if (blocks.size === head.blocks && sum === head.sum) return blocks
  throw new RangeError(`its ${blocks.size} blocks are not the ${head.blocks} that belong together`)
}
