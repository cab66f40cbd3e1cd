import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ManualClock } from '../../helpers/manual-clock.ts'
import {
  type Fault,
  MemoryCheckpoints,
  MemoryDeadLetters,
  MemoryDisk,
  MemoryLog,
  MemorySink,
  retryable
} from '../../helpers/memory-adapters.ts'
import { createTestStage, type TestStage } from './test-stage.ts'

/** What a test does to a stage, one after the other. */
type Deed =
  | { readonly type: 'lines'; readonly count: number }
  | { readonly type: 'open' }
  | { readonly type: 'bad' }
  | { readonly type: 'time'; readonly ms: number }
  | { readonly type: 'turns'; readonly count: number }
  | { readonly type: 'break' | 'mend'; readonly what: 'sink' | 'other sink' | 'checkpoint' | 'dead letters' }
  | { readonly type: 'crash' | 'restart' }

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('lines'), count: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('open') }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('bad') }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('time'), ms: fc.integer({ min: 1, max: 1500 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('turns'), count: fc.integer({ min: 1, max: 9 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('break', 'mend'),
      what: fc.constantFrom('sink', 'other sink', 'checkpoint', 'dead letters')
    })
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('crash', 'restart') }) }
) as fc.Arbitrary<Deed>

/** A machine whose parts fail, with processes that live and die on it. */
class Machine {
  readonly clock = new ManualClock()
  readonly disk = new MemoryDisk()
  readonly log = new MemoryLog()
  readonly broken = new Set<string>()
  readonly sinks = ['sink', 'other sink'].map(name => new MemorySink({ name }))
  readonly letters = new MemoryDeadLetters()
  readonly acknowledgedTooEarly: string[] = []
  readonly batchSize: number
  readonly awaitsAck: boolean
  lines = 0
  opened = 0
  bad = 0

  constructor(batchSize: number, awaitsAck: boolean) {
    this.batchSize = batchSize
    this.awaitsAck = awaitsAck
  }

  fault(what: string): Fault {
    return () => (this.broken.has(what) ? retryable(`${what} is broken`) : undefined)
  }

  start(): TestStage {
    const letters = new MemoryDeadLetters(this.fault('dead letters'))
    Object.defineProperty(letters, 'letters', { value: this.letters.letters })
    const life = createTestStage({
      clock: this.clock,
      log: this.log,
      checkpoints: new MemoryCheckpoints(this.disk, this.fault('checkpoint')),
      deadLetters: letters,
      sinks: this.sinks.map(({ name, alerts }) => new MemorySink({ name, alerts, fault: this.fault(name) })),
      source: {
        batchSize: this.batchSize,
        awaitsAck: this.awaitsAck,
        isBad: line => line.startsWith('bad')
      },
      settings: { maxInFlightRecords: 60, maxInFlightAlertBytes: 20_000 }
    })
    life.source.onAck = position => this.acknowledgedTooEarly.push(...this.missing(position))
    return life
  }

  /** What of the first `position` lines is not in every sink, the checkpoint or with the dead letters. */
  missing(position: number): string[] {
    const lines = this.log.lines.slice(0, position)
    const good = lines.filter(line => !line.startsWith('bad'))
    const letters = new Set(
      this.letters.letters.map(letter => letter.type === 'record' && letter.record.value)
    )
    const missing = lines.filter(line => line.startsWith('bad') && !letters.has(line))
    for (const { alerts } of this.sinks) {
      const bodies = new Set(alerts.map(({ body }) => body))
      missing.push(...good.filter((line, index) => !bodies.has(`${index + 1} ${line}`)))
    }
    const { entries } = this.disk
    if (Number(entries?.get('position/memory')) < position) missing.push('position')
    if (Number(entries?.get('count') ?? 0) < good.length) missing.push('state')
    return missing
  }
}

test('whatever fails and whenever it dies: nothing is lost, and repetitions have equal uids', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { minLength: 5, maxLength: 40 }),
      fc.integer({ min: 1, max: 25 }),
      fc.boolean(),
      async (deeds, batchSize, awaitsAck) => {
        const machine = new Machine(batchSize, awaitsAck)
        const { clock, log, broken } = machine
        let life = machine.start()
        await life.stage.start()
        for (const each of deeds) {
          switch (each.type) {
            case 'lines':
              log.push(...Array.from({ length: each.count }, () => `line ${++machine.lines}`))
              break
            case 'open':
              log.push(`open ${++machine.opened}`)
              break
            case 'bad':
              log.push(`bad ${++machine.bad}`)
              break
            case 'time':
              await clock.advance(each.ms)
              break
            case 'turns':
              for (let turn = 0; turn < each.count; turn++) await clock.yield()
              break
            case 'break':
              broken.add(each.what)
              break
            case 'mend':
              broken.delete(each.what)
              break
            case 'crash':
              life.stage.giveUp()
              await life.stage.wait()
              life = machine.start()
              await life.stage.start()
              break
            case 'restart': {
              const ended = life.stage.stop()
              await clock.advance(15_000)
              await ended
              life = machine.start()
              await life.stage.start()
            }
          }
        }
        broken.clear()
        await clock.advance(60_000)
        const ended = life.stage.stop()
        await clock.advance(15_000)
        expect(await ended).toEqual({ type: 'ended' })

        expect(machine.acknowledgedTooEarly).toEqual([])
        const good = log.lines.filter(line => !line.startsWith('bad'))
        const expected = [
          ...good.map((line, index) => `${index + 1} ${line}`),
          ...Array.from({ length: machine.opened }, (_none, index) => `due ${index + 1}`)
        ]
        for (const { alerts } of machine.sinks) {
          const uids = new Map<string, Set<string>>()
          for (const { body, uid } of alerts) uids.set(body, (uids.get(body) ?? new Set()).add(uid))
          expect([...uids.keys()].sort()).toEqual([...expected].sort())
          for (const each of uids.values()) expect([...each]).toHaveLength(1)
        }
        if (log.lines.length > 0)
          expect(machine.disk.entries?.get('position/memory')).toBe(String(log.lines.length))
      }
    ),
    { numRuns: 60, seed: 4, interruptAfterTimeLimit: 25_000 }
  )
}, 60_000)
