import type {
  PerlArgument,
  PerlAssignment,
  PerlCall,
  PerlCode,
  PerlHash,
  PerlHost,
  PerlMatch,
  PerlOutcome,
  PerlVariables
} from '../../plugin/perl/host.ts'
import { type PerlBackend, PerlLost } from './backend.ts'
import { decodeFields, encodeFields } from './fields.ts'

export interface DriverHostOptions {
  readonly backend: PerlBackend
  /** What `time` is for the code, in seconds since Epoch. */
  readonly now: () => number
  /** Code has called `exit`. */
  readonly onExit: (status: number) => void
}

/** Code as it was compiled; in a new life of the backend it is compiled again when it is called. */
interface Compiled {
  readonly key: string
  readonly text: string
  life: number
  number: string
}

/**
 * Perl behind `driver.pl`. The messages, as fields (`fields.ts`):
 *
 *     request  compile NOW KEY CODE | call NOW NUMBER WANT {TAG VALUE} | evaluate NOW WANT CODE | release NOW {NUMBER}
 *     TAG      s string | u undefined | r reference, by number | l list of strings | h hash, by number | n new hash
 *     WANT     test | match | value
 *     answer   code NUMBER | error TEXT | test [1] | nothing | value TAG VALUE [TEXT] | match NUMBER CONTENT | exit STATUS
 *              and for each hash that was passed: hash NUMBER same|changed CONTENT
 *     CONTENT  {NAME s|u VALUE}, each a field in the field
 */
export class DriverHost implements PerlHost {
  readonly #options: DriverHostOptions
  readonly #compiled: Compiled[] = []
  readonly #codes = new Map<string, PerlCode>()

  constructor(options: DriverHostOptions) {
    this.#options = options
  }

  compile(key: string, text: string): PerlOutcome<PerlCode> {
    const known = this.#codes.get(key)
    const code = known ?? this.#compiled.length
    const compiled: Compiled = { key, text, life: 0, number: '' }
    const outcome = this.#ready(compiled)
    if (!outcome.ok) return outcome
    this.#compiled[code] = compiled
    this.#codes.set(key, code)
    return { ok: true, value: code }
  }

  test(code: PerlCode, call: PerlCall): PerlOutcome<boolean> {
    return mapped(this.#call(code, 'test', call), ([, value]) => value === '1')
  }

  match(code: PerlCode, call: PerlCall): PerlOutcome<PerlMatch | undefined> {
    return mapped(this.#call(code, 'match', call), ([status, number, content = '']) =>
      status === 'match' ? { hash: Number(number), variables: readVariables(content) } : undefined
    )
  }

  assign(code: PerlCode, call: PerlCall): PerlOutcome<PerlAssignment> {
    return mapped(this.#call(code, 'value', call), readAssignment)
  }

  evaluateTest(text: string): PerlOutcome<boolean> {
    return mapped(this.#ask('evaluate', 'test', text), ([, value]) => value === '1')
  }

  evaluate(text: string): PerlOutcome<PerlAssignment> {
    return mapped(this.#ask('evaluate', 'value', text), readAssignment)
  }

  release(references: readonly number[]): void {
    // In a new life they are gone already.
    if (references.length > 0) this.#ask('release', ...references.map(String))
  }

  /** Compiles it, if that was not done in this life of the backend. */
  #ready(compiled: Compiled): PerlOutcome<string> {
    const { backend } = this.#options
    if (compiled.life === backend.life) return { ok: true, value: compiled.number }
    const outcome = this.#ask('compile', compiled.key, compiled.text)
    if (!outcome.ok) return outcome
    compiled.life = backend.life
    compiled.number = outcome.value[1] ?? ''
    return { ok: true, value: compiled.number }
  }

  #call(code: PerlCode, want: string, { arguments: given, onHash }: PerlCall): PerlOutcome<string[]> {
    const compiled = this.#compiled[code]
    if (compiled === undefined) return { ok: false, error: `no code ${code} was compiled` }
    const ready = this.#ready(compiled)
    if (!ready.ok) return ready
    const outcome = this.#ask('call', ready.value, want, ...given.flatMap(tagged))
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
    try {
      const answer = decodeFields(backend.exchange(encodeFields([operation, String(now()), ...fields])))
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

function tagged(argument: PerlArgument): readonly [string, string] {
  if (argument === undefined) return ['u', '']
  if (typeof argument === 'string') return ['s', argument]
  if ('reference' in argument) return ['r', String(argument.reference)]
  if ('list' in argument) return ['l', encodeFields(argument.list)]
  return 'hash' in argument ? ['h', String(argument.hash)] : ['n', writeVariables(argument.variables)]
}

function isHash(argument: PerlArgument): boolean {
  return typeof argument === 'object' && ('hash' in argument || 'variables' in argument)
}

function writeVariables(variables: PerlVariables): string {
  const fields = Object.entries(variables).flatMap(([name, value]) => [
    name,
    value === undefined ? 'u' : 's',
    value ?? ''
  ])
  return encodeFields(fields)
}

function readVariables(content: string): PerlVariables {
  const fields = decodeFields(content)
  const variables: [string, string | undefined][] = []
  for (let at = 0; at < fields.length; at += 3) {
    variables.push([fields[at] ?? '', fields[at + 1] === 's' ? fields[at + 2] : undefined])
  }
  return Object.fromEntries(variables)
}

function readAssignment([status, tag, value = '', text = '']: readonly string[]): PerlAssignment {
  if (status !== 'value') return { isSet: false }
  if (tag === 'u') return { isSet: true, value: undefined }
  return { isSet: true, value: tag === 'r' ? { reference: Number(value), text } : value }
}

function mapped<From, To>(outcome: PerlOutcome<From>, map: (value: From) => To): PerlOutcome<To> {
  return outcome.ok ? { ok: true, value: map(outcome.value) } : outcome
}
