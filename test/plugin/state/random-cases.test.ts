import { describe, expect, test } from 'vitest'
import { loadTimeZone } from '../../../adapters/time-zone.ts'
import { Correlator } from '../../../plugin/correlator.ts'
import type { CorrelatorOptions } from '../../../plugin/correlator-options.ts'
import type { Effect, Host } from '../../../plugin/host.ts'
import type { StageSettings } from '../../../plugin/alerts/settings.ts'
import { lineRecord } from '../../../plugin/record.ts'
import { parseTimeline } from '../../../plugin/replay/timeline.ts'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'
import type { ParityCase } from '../../parity/case.ts'
import { generateCase } from '../../parity/generator/generate.ts'
import { Random } from '../../parity/rule-files/random.ts'
import { applyChanges } from './apply-changes.ts'

const SEED = 7
const CASES = 200
const CASES_A_TEST = 20
const RESTARTS = 0.1

/** A program that runs: what it will say and how it ends, so many steps after its start. */
interface Child {
  readonly child: number
  readonly reports: boolean
  due: number
}

type Step = (correlator: Correlator) => void

/** One correlator in the hands of a host that remembers what it did in a step. */
class Driven {
  correlator: Correlator
  done: unknown[] = []
  #children: Child[] = []
  readonly #options: Omit<CorrelatorOptions, 'host' | 'restore'>

  constructor(options: Omit<CorrelatorOptions, 'host' | 'restore'>) {
    this.#options = options
    this.correlator = this.#make()
  }

  restart(restore: ReadonlyMap<string, string>): void {
    this.correlator = this.#make(restore)
  }

  run(step: Step): void {
    this.done = []
    const { correlator } = this
    for (const child of this.#children) if (--child.due <= 0) this.#endChild(child)
    this.#children = this.#children.filter(({ due }) => due > 0)
    step(correlator)
    if (correlator.hasPendingEvents) correlator.observePending()
    correlator.passIfDue()
  }

  #endChild({ child, reports }: Child): void {
    if (reports) this.correlator.childLine(child, `line of child ${child}`)
    this.correlator.childExit(child, child % 2)
  }

  #make(restore?: ReadonlyMap<string, string>): Correlator {
    const host: Host = {
      logLevel: 6,
      log: (level, message) => void this.done.push(`${level} ${message}`),
      effect: effect => this.#effect(effect)
    }
    return new Correlator({ ...this.#options, host, ...(restore && { restore: new Map(restore) }) })
  }

  #effect(effect: Effect): void {
    this.done.push(effect)
    if (effect.type !== 'run') return
    this.#children.push({ child: effect.child, reports: effect.output === 'events', due: 3 })
  }
}

/** Causes and evidence are kept, and scheduled events raise alerts. */
const STAGE: StageSettings = {
  application: 'test',
  task: 'a',
  programs: true,
  alertsFrom: () => new Set(['pipe', 'report', 'logonly', 'event'])
}

function optionsOf(
  { files, options }: ParityCase,
  now: number,
  stage: StageSettings | undefined
): Omit<CorrelatorOptions, 'host'> {
  const bufferSize = options.bufsize ?? 0
  return {
    files: files.map(({ name, text }) => parseRuleFile(name, text, { bufferSize })),
    settings: {
      bufferSize,
      jointBuffer: options.jointbuf,
      eventStoreSize: 0,
      cleanTime: options.cleantime ?? 0,
      internalContexts: options.intcontexts === true,
      quoting: false,
      stage
    },
    timeZone: loadTimeZone(options.timeZone ?? 'UTC'),
    now
  }
}

/** The steps of a case; long silences are cut short. */
function stepsOf({ timeline, options }: ParityCase): { start: number; steps: Step[] } {
  const { start, steps } = parseTimeline('timeline', timeline)
  const all: Step[] = []
  if (options.intevents === true) all.push(correlator => correlator.internalEvent('SEC_STARTUP'))
  let now = start
  for (const [index, { time, text, source }] of steps.entries()) {
    for (let second = now + 1; time !== undefined && second < Math.min(time, now + 70); second++) {
      all.push(correlator => correlator.setTime(second))
    }
    now = time ?? now
    const at = now
    all.push(correlator => {
      correlator.setTime(at)
      if (text === undefined) return
      const record = lineRecord(`${source}/${index}`, source, text, undefined)
      correlator.observe({ text, source, record })
    })
  }
  return { start, steps: all }
}

/** `kinds` takes the kinds of entries that there were. */
function runCase(number: number, kinds: Set<string>): { restarts: number } {
  const parityCase = generateCase(SEED, number)
  const random = new Random(number + 1)
  const { start, steps } = stepsOf(parityCase)
  const options = optionsOf(parityCase, start, number % 2 === 0 ? undefined : STAGE)
  const undisturbed = new Driven(options)
  const restarted = new Driven({ ...options, trackChanges: true })
  let kept = new Map<string, string>()
  let restarts = 0
  for (const [index, step] of steps.entries()) {
    undisturbed.run(step)
    restarted.run(step)
    const where = { number, step: index }
    expect({ ...where, done: restarted.done }).toEqual({ ...where, done: undisturbed.done })
    kept = applyChanges(kept, restarted.correlator.changes())
    expectSame(kept, restarted.correlator.snapshot(), { ...where, what: 'changes and snapshot' })
    expectSame(kept, undisturbed.correlator.snapshot(), { ...where, what: 'state of the two' })
    if (!random.chance(RESTARTS)) continue
    for (const key of kept.keys()) kinds.add(key.split('/', 1)[0] ?? '')
    restarted.restart(kept)
    expectSame(kept, restarted.correlator.snapshot(), { ...where, what: 'state after a restart' })
    restarts++
  }
  return { restarts }
}

function expectSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>, where: object): void {
  const isSame = a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
  if (isSame) return
  const sorted = (map: ReadonlyMap<string, string>): object =>
    Object.fromEntries([...map].sort(([x], [y]) => (x < y ? -1 : 1)))
  expect({ ...where, state: sorted(a) }).toEqual({ ...where, state: sorted(b) })
}

describe('over random cases, changes make up the snapshot and a restart makes no difference', () => {
  const starts = Array.from({ length: CASES / CASES_A_TEST }, (_, test) => test * CASES_A_TEST)
  const kinds = new Set<string>()
  let restarts = 0

  test.for(starts)(`cases from %i of seed ${SEED}`, { timeout: 120_000 }, from => {
    const before = restarts
    for (let number = from; number < from + CASES_A_TEST; number++)
      restarts += runCase(number, kinds).restarts
    expect(restarts).toBeGreaterThan(before)
  })

  test('there were many restarts, with every kind of entry', () => {
    expect(restarts).toBeGreaterThan(1000)
    const all = 'buffer cache calendar correlator ctx event op pending reader rule script substitution var'
    expect([...kinds].sort().join(' ')).toBe(all)
  })
})
