import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { type CommitFate, MemoryKafka } from '../../helpers/memory-kafka.ts'
import { createInstance, type Instance, type InstanceOptions, texts } from './memory-instance.ts'

const PARTITIONS = 3
const START = 1_800_000_000_000

type Deed =
  | { readonly type: 'lines'; readonly partition: number; readonly count: number }
  | { readonly type: 'open' | 'dead' | 'aborted'; readonly partition: number }
  | { readonly type: 'time'; readonly ms: number }
  | { readonly type: 'turns'; readonly count: number }
  | { readonly type: 'join' }
  | { readonly type: 'kill' | 'stop' | 'cut off' | 'heal'; readonly instance: number }
  | { readonly type: 'broker down' | 'broker up' }
  | { readonly type: 'fates'; readonly fates: readonly CommitFate[] }

const partition = fc.nat(PARTITIONS - 1)
const instance = fc.nat(3)

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('lines'),
      partition,
      count: fc.integer({ min: 1, max: 30 })
    })
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('open', 'dead', 'aborted'), partition }) },
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('time'), ms: fc.integer({ min: 1, max: 12_000 }) })
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('turns'), count: fc.integer({ min: 1, max: 60 }) })
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('join') }) },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constantFrom('kill', 'stop', 'cut off', 'heal'), instance })
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('broker down', 'broker up') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('fates'),
      fates: fc.array(fc.constantFrom('succeeds', 'fails', 'stays open', 'unknown'), { maxLength: 4 })
    })
  }
) as fc.Arbitrary<Deed>

class World {
  readonly clock = new ManualClock()
  readonly kafka: MemoryKafka
  readonly instances: Instance[] = []
  readonly ends: Promise<unknown>[] = []
  readonly #options: InstanceOptions
  #fates: CommitFate[] = []
  #lines = 0

  constructor(batchSize: number, options: InstanceOptions = {}) {
    this.#options = options
    this.kafka = new MemoryKafka({
      clock: this.clock,
      batchSize: () => batchSize,
      commitFate: () => this.#fates.shift() ?? 'succeeds'
    })
    this.kafka.createTopic('logs', PARTITIONS)
    this.kafka.createTopic('alerts', 1)
    this.kafka.createTopic('dead', 1)
  }

  put(to: number, text: string, transactionalId?: string): void {
    const timestamp = START + 500 * ++this.#lines
    const message = { topic: 'logs', partition: to, key: null, value: Buffer.from(text), timestamp }
    this.kafka.append(message, transactionalId)
  }

  join(): void {
    const created = createInstance(this.kafka, this.#options)
    this.instances.push(created)
    void created.group.start()
  }

  async do(what: Deed): Promise<void> {
    switch (what.type) {
      case 'lines':
        for (let count = 0; count < what.count; count++) this.put(what.partition, `line ${this.#lines}`)
        break
      case 'open':
        this.put(what.partition, `open ${this.#lines}`)
        break
      case 'dead':
        this.put(what.partition, `dead ${'x'.repeat(1000)} ${this.#lines}`)
        break
      case 'aborted':
        this.put(what.partition, 'never seen', 'other')
        this.kafka.endTransaction('other', 'aborted')
        break
      case 'time':
        await this.clock.advance(what.ms)
        break
      case 'turns':
        for (let turn = 0; turn < what.count; turn++) await this.clock.yield()
        break
      case 'join':
        if (this.instances.length < 4) this.join()
        break
      case 'kill':
        this.#take(what.instance)?.kill()
        break
      case 'stop': {
        const stopped = this.#take(what.instance)
        if (stopped !== undefined) this.ends.push(stopped.group.stop())
        break
      }
      case 'cut off':
        this.instances[what.instance]?.client.cutOff()
        break
      case 'heal':
        this.#heal(this.instances[what.instance])
        break
      case 'broker down':
      case 'broker up':
        this.kafka.isDown = what.type === 'broker down'
        this.kafka.tell()
        break
      case 'fates':
        this.#fates = [...what.fates]
    }
  }

  /** All works again, and somebody is there. How the last ones end. */
  async finish(): Promise<unknown[]> {
    this.#fates = []
    this.kafka.isDown = false
    for (const each of this.instances) this.#heal(each)
    if (this.instances.length === 0) this.join()
    await this.clock.advance(60_000)
    const last = this.instances.map(({ group }) => group.stop())
    await this.clock.advance(20_000)
    return Promise.all(last)
  }

  #heal(which: Instance | undefined): void {
    if (which === undefined) return
    which.client.isCutOff = false
    this.kafka.tell()
  }

  #take(index: number): Instance | undefined {
    return this.instances.splice(index, 1)[0]
  }
}

/** The input of a world, read by one instance that nothing disturbs. */
async function undisturbed(world: World, options: InstanceOptions): Promise<MemoryKafka> {
  const calm = new World(100, options)
  const logs = world.kafka.topics.get('logs') ?? []
  for (const [to, { entries }] of logs.entries()) {
    for (const { record, state } of entries) {
      if (state !== 'committed' || record === undefined) continue
      calm.kafka.append({ topic: 'logs', partition: to, ...record })
    }
  }
  await calm.finish()
  return calm.kafka
}

/** What the lines of a world are to raise themselves, whatever the timers do. */
function expectedOf({ kafka }: World): string[] {
  return (kafka.topics.get('logs') ?? []).flatMap(({ entries }, to) =>
    texts(entries.flatMap(({ state, record }) => (state === 'committed' && record ? [record] : [])))
      .filter(text => !text.startsWith('dead '))
      .map((text, index) => `${to}: ${index + 1} ${text}`)
  )
}

function raisedByLines(alerts: readonly string[]): string[] {
  return alerts.filter(text => !/^\d: due /.test(text)).sort()
}

const given = [fc.array(deed, { minLength: 5, maxLength: 45 }), fc.integer({ min: 1, max: 40 })] as const

test('exactly once: whatever fails and whoever dies, each alert is there once, as in an undisturbed run', async () => {
  await fc.assert(
    fc.asyncProperty(...given, async (deeds, batchSize) => {
      const world = new World(batchSize)
      world.join()
      for (const each of deeds) await world.do(each)
      for (const end of await world.finish()) expect(end).toEqual({ type: 'ended' })
      const calm = await undisturbed(world, {})
      for (const topic of ['alerts', 'dead']) {
        expect(texts(world.kafka.committed(topic)).sort()).toEqual(texts(calm.committed(topic)).sort())
      }
      expect(raisedByLines(texts(world.kafka.committed('alerts')))).toEqual(expectedOf(world).sort())
    }),
    { numRuns: 40, seed: 11, interruptAfterTimeLimit: 40_000 }
  )
}, 90_000)

test('at least once: nothing is lost, and what comes twice is the same', async () => {
  const options: InstanceOptions = { delivery: { type: 'at-least-once' } }
  await fc.assert(
    fc.asyncProperty(...given, async (deeds, batchSize) => {
      const world = new World(batchSize, options)
      world.join()
      for (const each of deeds) await world.do(each)
      for (const end of await world.finish()) expect(end).toEqual({ type: 'ended' })
      const calm = await undisturbed(world, options)
      for (const topic of ['alerts', 'dead']) {
        expect([...new Set(texts(world.kafka.committed(topic)))].sort()).toEqual(
          [...new Set(texts(calm.committed(topic)))].sort()
        )
      }
    }),
    { numRuns: 20, seed: 12, interruptAfterTimeLimit: 20_000 }
  )
}, 60_000)
