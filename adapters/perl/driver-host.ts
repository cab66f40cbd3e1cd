import type {
  NewPerlHash,
  PerlArgument,
  PerlAssignment,
  PerlCall,
  PerlCode,
  PerlHash,
  PerlHost,
  PerlMatch,
  PerlOutcome,
  PerlReference
} from '../../plugin/perl/host.ts'
import { setOwnValue } from '../../plugin/own-value.ts'
import type { PerlContexts } from '../../plugin/perl/contexts.ts'
import { KeptHash } from '../../plugin/perl/kept-hash.ts'
import type { PerlMemory, PerlRestored } from '../../plugin/perl/memory.ts'
import { quickFunction } from '../../plugin/perl/quick/quick-function.ts'
import { type PerlBackend, PerlLost } from './backend.ts'
import { decodeFields, encodeFields } from './fields.ts'

export interface DriverHostOptions {
  readonly backend: PerlBackend
  /** What `time` is for the code, in seconds since Epoch. */
  readonly now: () => number
  /** Code has called `exit`. */
  readonly onExit: (status: number) => void
  /** There are contexts to be asked for. */
  readonly onContexts: (contexts: PerlContexts) => void
}

/** Code as it was compiled; in a new life of the backend it is compiled again when it is called. */
interface Compiled {
  readonly text: string
  readonly which: number
  readonly code: PerlCode
  life: string
  /** In the backend. */
  reference: string
}

/**
 * Perl behind `driver.pl`. The messages, as fields (`fields.ts`):
 *
 *     request  NOW OPERATION RELEASED …, with the numbers of what is released separated by spaces
 *              compile CODE WHICH | forget, all that was compiled | call NUMBER WANT TAGS {VALUE} | evaluate WANT CODE
 *     TAGS     a letter for each value: s string | u undefined | r reference, by number | l list of strings
 *              | h hash, by number | a what another argument is, by its index
 *              | n new hash: [BASE] [{NAME VALUE}] [{NAME}, undefined] [{NAME OTHER}], a copy of another hash if there is a
 *                base; the last are names that get the values of others
 *     WANT     test | text | value, which may be a reference | match | keep, which is a match that is kept
 *     answer   code NUMBER TEXT | error TEXT | test [1] | nothing | value TAG VALUE [TEXT] | match CONTENT [NUMBER]
 *              | values [{VALUE}] [INDEX …, of undefined ones] | exit STATUS
 *              and for each hash that was passed: hash NUMBER same|changed CONTENT
 *     CONTENT  [{NAME VALUE}] [{NAME}, undefined]
 *
 * What stands in brackets is one field, with fields in it where there are braces.
 */
export class DriverHost implements PerlHost {
  readonly #options: DriverHostOptions
  readonly memory: PerlMemory | undefined
  #compiled: Compiled[] = []
  /** By text, then by which of several equal ones. */
  readonly #known = new Map<string, (Compiled | undefined)[]>()
  #released: number[] = []

  constructor(options: DriverHostOptions) {
    this.#options = options
    const { memory } = options.backend
    this.memory = memory && {
      snapshot: () => memory.snapshot(),
      changes: () => memory.changes(),
      restore: (entries, life) => this.#restore(memory, entries, life)
    }
  }

  get life(): string | undefined {
    return this.#options.backend.life || undefined
  }

  compile(text: string, which: number): PerlOutcome<PerlCode> {
    const ofText = this.#known.get(text) ?? []
    const known = ofText[which]
    if (known !== undefined) return { ok: true, value: known.code }
    const outcome = this.#ask('compile', text, String(which))
    if (!outcome.ok) return outcome
    const [, reference = '', name = ''] = outcome.value
    const code = { number: this.#compiled.length, text: name, quick: quickFunction(text) }
    const compiled = { text, which, code, life: this.#options.backend.life, reference }
    this.#compiled.push(compiled)
    ofText[which] = compiled
    this.#known.set(text, ofText)
    return { ok: true, value: code }
  }

  forgetCode(): void {
    this.#compiled = []
    this.#known.clear()
    if (this.life !== undefined) this.#ask('forget')
  }

  test(code: PerlCode, call: PerlCall): PerlOutcome<boolean> {
    return mapped(this.#call(code, 'test', call), ([, value]) => value === '1')
  }

  match(code: PerlCode, call: PerlCall, isKept: boolean): PerlOutcome<PerlMatch | undefined> {
    return mapped(this.#call(code, isKept ? 'keep' : 'match', call), readMatch)
  }

  assign(code: PerlCode | PerlReference, call: PerlCall): PerlOutcome<PerlAssignment> {
    return mapped(this.#call(code, 'text', call), readAssignment)
  }

  evaluateTest(text: string): PerlOutcome<boolean> {
    return mapped(this.#ask('evaluate', 'test', text), ([, value]) => value === '1')
  }

  evaluate(text: string): PerlOutcome<PerlAssignment> {
    return mapped(this.#ask('evaluate', 'value', text), readAssignment)
  }

  serve(contexts: PerlContexts): void {
    this.#options.onContexts(contexts)
  }

  release(references: readonly number[]): void {
    this.#released.push(...references)
  }

  #restore(memory: PerlMemory, entries: ReadonlyMap<string, string>, life: string | undefined): PerlRestored {
    const restored = memory.restore(entries, life)
    if (!restored.ok) return restored
    this.#released = []
    // What named subroutines it defines is there for all other code, as if it had been there at the start.
    for (const { code } of this.#compiled) this.#referenceOf(code)
    return restored
  }

  /** Where it is in the backend, compiled if that was not done in this life of it. */
  #referenceOf(code: PerlCode | PerlReference): PerlOutcome<string> {
    if ('reference' in code) return { ok: true, value: String(code.reference) }
    const { backend } = this.#options
    const compiled = this.#compiled[code.number] as Compiled
    if (compiled.life === backend.life) return { ok: true, value: compiled.reference }
    const outcome = this.#ask('compile', compiled.text, String(compiled.which))
    if (!outcome.ok) return outcome
    compiled.life = backend.life
    compiled.reference = outcome.value[1] ?? ''
    return { ok: true, value: compiled.reference }
  }

  #call(
    code: PerlCode | PerlReference,
    want: string,
    { arguments: given, onHash }: PerlCall
  ): PerlOutcome<string[]> {
    const reference = this.#referenceOf(code)
    if (!reference.ok) return reference
    const outcome = this.#ask('call', reference.value, want, given.map(tagOf).join(''), ...given.map(fieldOf))
    if (!outcome.ok || onHash === undefined) return outcome
    const fields = outcome.value
    const hashes = given.filter(isHash).length
    for (let index = 0; index < hashes; index++) {
      const at = fields.length - 4 * (hashes - index)
      const [, number, state, content = ''] = fields.slice(at, at + 4)
      const hash: PerlHash = {
        hash: Number(number),
        changed: state === 'changed' ? readVariables(content) : undefined
      }
      onHash(index, hash)
    }
    return outcome
  }

  #ask(operation: string, ...fields: readonly string[]): PerlOutcome<string[]> {
    const { backend, now, onExit } = this.#options
    const released = this.#released.join(' ')
    this.#released = []
    try {
      const answer = decodeFields(
        backend.exchange(encodeFields([String(now()), operation, released, ...fields]))
      )
      const [status, text = ''] = answer
      if (status === 'exit') {
        onExit(Number(text))
        return { ok: false, error: `exit(${text}) was called` }
      }
      return status === 'error' ? { ok: false, error: text.replace(/\n$/, '') } : { ok: true, value: answer }
    } catch (error) {
      if (error instanceof PerlLost) return { ok: false, error: error.message }
      throw error
    }
  }
}

function tagOf(argument: PerlArgument): string {
  if (argument === undefined) return 'u'
  if (typeof argument === 'string') return 's'
  if ('reference' in argument) return 'r'
  if ('list' in argument) return 'l'
  if ('sameAs' in argument) return 'a'
  return 'hash' in argument ? 'h' : 'n'
}

function fieldOf(argument: PerlArgument): string {
  if (argument === undefined) return ''
  if (typeof argument === 'string') return argument
  if ('reference' in argument) return String(argument.reference)
  if ('list' in argument) return encodeFields(argument.list)
  if ('sameAs' in argument) return String(argument.sameAs)
  return 'hash' in argument ? String(argument.hash) : fieldOfNew(argument)
}

function fieldOfNew({ base, variables, copies = [] }: NewPerlHash): string {
  const entries = Object.entries(variables)
  const strings = entries.flatMap(([name, value]) => (value === undefined ? [] : [name, value]))
  const undefinedNames = entries.flatMap(([name, value]) => (value === undefined ? [name] : []))
  return encodeFields([
    String(base ?? ''),
    encodeFields(strings),
    encodeFields(undefinedNames),
    encodeFields(copies.flatMap(({ name, of }) => [name, of]))
  ])
}

function isHash(argument: PerlArgument): boolean {
  return typeof argument === 'object' && ('hash' in argument || 'variables' in argument)
}

function readMatch([status, content = '', more = '']: readonly string[]): PerlMatch | undefined {
  if (status === 'values') return { variables: readValues(content, more), hash: undefined }
  if (status !== 'match') return undefined
  return { variables: readVariables(content), hash: more === '' ? undefined : new KeptHash(Number(more)) }
}

function readValues(content: string, undefinedIndexes: string): PerlMatch['variables'] {
  const variables: Record<string, string | undefined> = {}
  for (const [index, value] of decodeFields(content).entries()) variables[index + 1] = value
  if (undefinedIndexes !== '') {
    for (const index of undefinedIndexes.split(' ')) variables[index] = undefined
  }
  return variables
}

function readVariables(content: string): PerlMatch['variables'] {
  const [given = '', undefinedNames = ''] = decodeFields(content)
  const fields = decodeFields(given)
  const variables: Record<string, string | undefined> = {}
  for (let at = 0; at < fields.length; at += 2) {
    setOwnValue(variables, fields[at] as string, fields[at + 1])
  }
  for (const name of decodeFields(undefinedNames)) setOwnValue(variables, name, undefined)
  return variables
}

function readAssignment([status, tag, value = '', text = '']: readonly string[]): PerlAssignment {
  if (status !== 'value') return { isSet: false }
  if (tag === 'u') return { isSet: true, value: undefined }
  return { isSet: true, value: tag === 'r' ? { reference: Number(value), text } : value }
}

function mapped<From, To>(outcome: PerlOutcome<From>, map: (value: From) => To): PerlOutcome<To> {
  return outcome.ok ? { ok: true, value: map(outcome.value) } : outcome
}
