import type { Random } from '../rule-files/random.ts'

/**
 * What the rules and lines of one case have in common, so that rules match lines, and one rule what another makes.
 *
 * Lines of input begin with a verb; synthetic events with `syn` and rewritten lines with `rw`. Rules that make events
 * or run programs at once match only lines that begin with a verb (`strict`), so that no case runs for ever.
 */
export interface World {
  readonly random: Random
  readonly verbs: readonly string[]
  readonly nouns: readonly string[]
  /** Seconds: windows, lifetimes and the gaps between lines are taken from these, so that lines fall on their ends. */
  readonly spans: readonly number[]
  readonly programs: boolean
  /** Rules hold Perl code. */
  readonly perl: boolean
  /** Patterns may span this many lines. */
  readonly mostLines: number
  readonly internalContexts: boolean
  readonly sources: readonly string[]
  /** Seconds since Epoch. */
  readonly start: number
  readonly timeZone: string
  /** Descriptions of the rules with a window that stand before in the file, nearest last; '' for one without. */
  readonly earlier: string[]
  /** Numbers the outputs, so that each can be told from the others. */
  nextTag(): number
  /** Windows of different lengths, those of `spans` first. */
  nextWindow(): number
}

export const CONTEXTS = ['A', 'B', 'C', 'K_$1', 'K_$2'] as const
export const ENTRIES = ['E1', 'E2', 'E3'] as const
export const VARIABLES = ['a', 'b', 'c'] as const
export const OPERATION_NAMES = ['op', 'op $1', 'job $2', 'job'] as const

const VERBS = ['open', 'close', 'fail', 'ping']
const PLAIN_NOUNS = ['door', 'disk', 'a.b', 'x+y']
/** Values that must come through substitution unchanged, and be quoted where they stand in a second pattern. */
const ODD_NOUNS = ['$1', '%s', '50%%', 'p|q', '(z)', "it's", '\xe9\\t', '[0]']

/** Where clocks change: seconds since Epoch of the change and the zone. */
const CLOCK_CHANGES = [
  ['Europe/Berlin', 1711846800],
  ['Europe/Berlin', 1729990800],
  ['America/New_York', 1710054000],
  ['America/New_York', 1730613600]
] as const

export function makeWorld(random: Random, perl: boolean): World {
  const programs = random.chance(0.5)
  const [timeZone, start] = makeStart(random)
  const intcontexts = random.chance(0.35)
  const oddNouns = programs || random.chance(0.5) ? [] : [random.pick(ODD_NOUNS), random.pick(ODD_NOUNS)]
  const spans = random.shuffled([2, 3, 4, 5, 7, 9, 11, 14]).slice(0, 4)
  const others = random.shuffled([6, 8, 10, 12, 13, 15, 16, 17, 18, 19, 21])
  const windows = [...spans, ...others]
  let tags = 0
  let windowsUsed = 0
  return {
    random,
    verbs: random.shuffled(VERBS).slice(0, 2 + random.below(2)),
    nouns: [...random.shuffled(PLAIN_NOUNS).slice(0, 2), ...oddNouns],
    spans,
    programs,
    perl,
    mostLines: random.chance(0.5) ? 3 : 1,
    internalContexts: intcontexts,
    sources: random.chance(0.4) ? random.shuffled(['in1', 'in2', 'in3']).slice(0, 2 + random.below(2)) : [],
    start,
    timeZone,
    earlier: [],
    nextTag: () => ++tags,
    nextWindow: () => windows[windowsUsed++ % windows.length] ?? 5
  }
}

function makeStart(random: Random): [string, number] {
  if (random.chance(0.5)) return ['UTC', 60 * (16 + random.below(10)) + random.below(60)]
  const [zone, change] = random.pick(CLOCK_CHANGES)
  return [zone, change - random.below(240)]
}
