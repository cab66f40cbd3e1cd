import { setOwnValue } from '../../own-value.ts'
import type { PerlMatch } from '../host.ts'
import { body } from './execute.ts'
import { type Frame, GivenUp, isTrue, newFrame, OwnHash, type QuickArgument, type Value } from './frame.ts'
import { parseSubroutine } from './parser.ts'

/** It is to be asked in Perl. */
export const ASK_PERL = Symbol('ask Perl')

/**
 * A function of a rule that is run here, since it touches nothing but its parameters and its own variables, and all that
 * it does is known to be the same: regular expressions that run as native ones, comparisons, hashes of strings. Real Perl has
 * compiled it and knows it, too; where a value comes up that Perl would treat in another way, it is asked instead.
 *
 * test/plugin/perl/quick/differential.test.ts compares it with real Perl on random functions and lines.
 */
export interface QuickFunction {
  /** As a pattern: what it matches, `undefined`: it doesn't. */
  match(given: readonly QuickArgument[]): PerlMatch['variables'] | undefined | typeof ASK_PERL
  /** As a condition. */
  test(given: readonly QuickArgument[]): boolean | typeof ASK_PERL
}

/** `undefined`: it is for Perl alone. */
export function quickFunction(text: string): QuickFunction | undefined {
  const subroutine = parseSubroutine(text)
  if (subroutine === undefined) return undefined
  const inList = new Runner(body(subroutine.body, true))
  const inScalar = new Runner(body(subroutine.body, false))
  return {
    match(given) {
      const values = inList.run(given)
      return values === undefined ? ASK_PERL : matchOf(values)
    },
    test(given) {
      const values = inScalar.run(given)
      return values === undefined ? ASK_PERL : isTrue(values[0])
    }
  }
}

/** So many calls show whether it is worth it. */
const TRIAL = 100

/** Calls it; what has to be given up most of the time is not tried again. */
class Runner {
  readonly #body: (frame: Frame) => boolean
  #calls = 0
  #givenUp = 0

  constructor(run: (frame: Frame) => boolean) {
    this.#body = run
  }

  run(given: readonly QuickArgument[]): readonly Value[] | undefined {
    if (this.#calls >= TRIAL && this.#givenUp * 2 > this.#calls) return undefined
    this.#calls++
    const frame = newFrame(given)
    try {
      // Behind its last statement there is a value of it that is not known here.
      if (this.#body(frame) && frame.result?.every(isKnown) === true) return frame.result
    } catch (error) {
      // V8 can't run an expression.
      const isRefused = error instanceof RangeError || error instanceof SyntaxError
      if (!isRefused && !(error instanceof GivenUp)) throw error
    }
    this.#givenUp++
    return undefined
  }
}

function isKnown(value: Value, _index: number, values: readonly Value[]): boolean {
  if (typeof value !== 'object') return true
  // As one of several it would be a string with its address.
  return value instanceof OwnHash && values.length === 1
}

/** Source: SEC manual, "PerlFunc". */
function matchOf(values: readonly Value[]): PerlMatch['variables'] | undefined {
  const [first] = values
  if (values.length <= 1 && !isTrue(first)) return undefined
  const variables: Record<string, string | undefined> = {}
  if (first instanceof OwnHash) {
    for (const [name, value] of first.values) setOwnValue(variables, name, value)
    return variables
  }
  for (const [index, value] of values.entries()) variables[index + 1] = value as string | undefined
  return variables
}
