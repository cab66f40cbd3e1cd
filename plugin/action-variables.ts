import { ownValue } from './patterns/match-variables.ts'
import { formatTimeVariables, type TimeVariables } from './time/format.ts'
import { TrackedMap } from './state/tracked-map.ts'
import type { TimeZone } from './time/time-zone.ts'

/** Values are strings; `undefined` is Perl's undefined value, which counts as false and substitutes as ''. */
export type VariableValue = string | undefined

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
  readonly values = new TrackedMap<string, string | null>()
  readonly #timeZone: TimeZone
  #time: { readonly seconds: number; readonly variables: TimeVariables } | undefined
  /** What `%s`, `%t` and `%u` are for `get`. */
  lastSubstitution: { readonly description: string; readonly now: number } | undefined

  constructor(timeZone: TimeZone) {
    this.#timeZone = timeZone
  }

  /** A variable's value for `if` and `while`. */
  get(name: string): VariableValue {
    const last = this.lastSubstitution
    if (last === undefined || this.values.has(name)) return this.values.get(name) ?? undefined
    if (name === 's') return last.description
    return name === 't' || name === 'u' ? this.#timeVariables(last.now)[name] : undefined
  }

  set(name: string, value: VariableValue): void {
    this.values.set(name, value ?? null)
  }

  delete(name: string): void {
    // A built-in variable stays freed until the next substitution.
    if (name === 's' || name === 't' || name === 'u') this.values.set(name, null)
    else this.values.delete(name)
  }

  clear(): void {
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
          this.values.get(name) ??
          ''
        )
      }
    )
  }

  #timeVariables(now: number): TimeVariables {
    if (this.#time?.seconds !== now) {
      this.#time = { seconds: now, variables: formatTimeVariables(this.#timeZone.localTime(now), now) }
    }
    return this.#time.variables
  }
}

/** Perl's boolean context. */
export function isTrue(value: VariableValue): boolean {
  return value !== undefined && value !== '' && value !== '0'
}
