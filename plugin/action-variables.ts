import type { PerlReference } from './perl/host.ts'
import { ownValue } from './own-value.ts'
import { formatTimeVariables, type TimeVariables } from './time/format.ts'
import { TrackedMap } from './state/tracked-map.ts'
import type { TimeZone } from './time/time-zone.ts'

/**
 * Values are strings, or references that only Perl can hold; `undefined` is Perl's undefined value, which counts as false
 * and substitutes as ''.
 */
export type VariableValue = string | undefined | PerlReference

const REFERENCE = /%(?:(%)|(\.?[A-Za-z][A-Za-z0-9_]*)|\{(\.?[A-Za-z][A-Za-z0-9_]*)\})/g

/** The built-in variables that stand for one character each. */
export const CHARACTERS: ReadonlyMap<string, string> = new Map([
  ['.nl', '\n'],
  ['.cr', '\r'],
  ['.tab', '\t'],
  ['.sp', ' '],
  ...Array.from({ length: 256 }, (_, code) => [`.chr${code}`, String.fromCharCode(code)] as const)
])

/**
 * The action list variables: those that rules set, and the built-in ones. A rule may set `%s`, `%t` and `%u`, but SEC
 * sets them again whenever a string with `%` is substituted, so that only `if` and `while` ever see what a rule has
 * put there.
 */
export class ActionVariables {
  /** `null` is Perl's undefined value. */
  readonly values = new TrackedMap<string, string | null | PerlReference>()
  readonly #timeZone: TimeZone
  #time: { readonly seconds: number; readonly variables: TimeVariables } | undefined
  /** What `%s`, `%t` and `%u` are for `get`. */
  lastSubstitution: { readonly description: string; readonly now: number } | undefined

  readonly #release: (reference: number) => void

  /** `release` hears of each reference that no variable holds any more. */
  constructor(timeZone: TimeZone, release: (reference: number) => void = () => {}) {
    this.#timeZone = timeZone
    this.#release = release
  }

  /** A variable's value for `if` and `while`. */
  get(name: string): VariableValue {
    const last = this.lastSubstitution
    if (last === undefined || this.values.has(name)) return this.values.get(name) ?? undefined
    if (name === 's') return last.description
    return name === 't' || name === 'u' ? this.#timeVariables(last.now)[name] : undefined
  }

  set(name: string, value: VariableValue): void {
    this.#releaseOf(name)
    this.values.set(name, value ?? null)
  }

  delete(name: string): void {
    this.#releaseOf(name)
    // A built-in variable stays freed until the next substitution.
    if (name === 's' || name === 't' || name === 'u') this.values.set(name, null)
    else this.values.delete(name)
  }

  clear(): void {
    for (const name of this.values.keys()) this.#releaseOf(name)
    this.values.clear()
    this.lastSubstitution = undefined
  }

  /** Substitutes variables. `description` is `%s`, `now` is in seconds since Epoch. */
  substitute(template: string, description: string, now: number): string {
    if (!template.includes('%')) return template
    for (const name of ['s', 't', 'u']) this.values.delete(name)
    this.lastSubstitution = { description, now }
    return template.replace(
      REFERENCE,
      (_whole, escaped: string | undefined, plain: string | undefined, braced: string | undefined) => {
        if (escaped !== undefined) return '%'
        const name = plain ?? braced ?? ''
        if (name === 's') return description
        return (
          ownValue<string>(this.#timeVariables(now), name) ??
          CHARACTERS.get(name) ??
          textOf(this.values.get(name))
        )
      }
    )
  }

  #releaseOf(name: string): void {
    const value = this.values.get(name)
    if (typeof value === 'object' && value !== null) this.#release(value.reference)
  }

  #timeVariables(now: number): TimeVariables {
    if (this.#time?.seconds !== now) {
      this.#time = { seconds: now, variables: formatTimeVariables(this.#timeZone.localTime(now), now) }
    }
    return this.#time.variables
  }
}

function textOf(value: string | null | undefined | PerlReference): string {
  return typeof value === 'object' ? (value?.text ?? '') : (value ?? '')
}

/** Perl's boolean context. */
export function isTrue(value: VariableValue): boolean {
  return value !== undefined && value !== '' && value !== '0'
}
