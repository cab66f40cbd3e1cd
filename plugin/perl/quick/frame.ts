import type { Captures } from '../../patterns/perl-regexp/native-matcher.ts'
import type { MatchVariables } from '../../patterns/match-variables.ts'

/** What a function is called with: strings, and hashes that it may read. */
export type QuickArgument = string | undefined | MatchVariables

/** A hash of the function's own, as a reference. */
export class OwnHash {
  readonly values = new Map<string, string | undefined>()
}

export type Value = QuickArgument | OwnHash

/** The call is to be made in Perl after all: here its outcome is not certain. Nothing has happened yet. */
export class GivenUp extends Error {}

const GIVEN_UP = new GivenUp('it is for Perl')

/** @throws GivenUp */
export function giveUp(): never {
  throw GIVEN_UP
}

/** A call. */
export interface Frame {
  readonly given: readonly QuickArgument[]
  readonly values: Value[]
  readonly hashes: OwnHash[]
  /** Where the last match with `/g` has ended, by variable, and by parameter. */
  readonly positions: (number | undefined)[]
  readonly givenPositions: (number | undefined)[]
  /** Of the last match; `undefined`: of one that is not known here. */
  captures: Captures | undefined
  turns: number
  result: readonly Value[] | undefined
}

export function newFrame(given: readonly QuickArgument[]): Frame {
  return {
    given,
    values: [],
    hashes: [],
    positions: [],
    givenPositions: [],
    captures: undefined,
    turns: 0,
    result: undefined
  }
}

export function textOf(value: Value): string {
  return typeof value === 'string' ? value : giveUp()
}

export function isTrue(value: Value): boolean {
  return value !== undefined && value !== '' && value !== '0'
}

/** As comparisons give it. */
export function truth(value: boolean): string {
  return value ? '1' : ''
}
