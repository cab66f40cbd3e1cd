import { expect, test } from 'vitest'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { MemoryCheckpoints, MemoryDisk, MemoryLog, MemorySink } from '../../helpers/memory-adapters.ts'
import { createTestStage, type TestStage, type TestStageOptions } from './test-stage.ts'

/** What outlives a process. */
class Machine {
  readonly clock = new ManualClock()
  readonly disk = new MemoryDisk()
  readonly log = new MemoryLog()
  readonly sink = new MemorySink()

  life(options: TestStageOptions = {}): TestStage {
    const checkpoints = new MemoryCheckpoints(this.disk)
    const sink = new MemorySink({ alerts: this.sink.alerts, knowsDelivered: true })
    return createTestStage({ clock: this.clock, log: this.log, checkpoints, sink, ...options })
  }

  get alerts(): string[] {
    return this.sink.alerts.map(({ uid }) => uid.replace(/@1800000/, '@'))
  }
}

test('after an orderly end the next life goes on with state and position', async () => {
  const machine = new Machine()
  const first = machine.life()
  machine.log.push('a', 'b')
  await first.stage.start()
  await first.clock.advance(100)
  await first.stage.stop()
  const second = machine.life()
  machine.log.push('c')
  await second.stage.start()
  await second.clock.advance(1000)
  await second.stage.stop()
  expect(machine.sink.bodies).toEqual(['1 a', '2 b', '3 c'])
})

test('a life that goes on says so, and names a position that nobody reads on from', async () => {
  const machine = new Machine()
  const first = machine.life({ source: { name: 'before' } })
  machine.log.push('a')
  await first.stage.start()
  await first.clock.advance(100)
  await first.stage.stop()
  expect(first.messages.map(({ message }) => message)).not.toContain('going on from a checkpoint')
  for (const [name, warnings] of [
    ['before', []],
    ['after', [{ source: 'before' }]]
  ] as const) {
    const { stage, messages } = machine.life({ source: { name } })
    await stage.start()
    expect(messages).toContainEqual({
      level: 4,
      message: 'going on from a checkpoint',
      fields: { clock: new Date(machine.clock.now()).toISOString().replace(/\.\d+/, '.000') }
    })
    expect(messages.filter(({ level }) => level === 3).map(({ fields }) => fields)).toEqual(warnings)
    await stage.stop()
  }
})

test('after a crash the noted steps are run again at their seconds, and no alert is written twice', async () => {
  const machine = new Machine()
  const first = machine.life({ settings: { checkpointIntervalMs: 60_000 } })
  await first.stage.start()
  machine.log.push('open door')
  await machine.clock.advance(1000)
  machine.log.push('a')
  await machine.clock.advance(4000)
  machine.log.push('b')
  await machine.clock.advance(500)
  const before = [...machine.alerts]
  expect(before).toEqual(['1 open door @000', '2 a @001', 'due door @003', '3 b @005'])
  first.stage.giveUp()
  await machine.clock.advance(100_000)

  const second = machine.life()
  await second.stage.start()
  machine.log.push('c')
  await machine.clock.advance(1000)
  await second.stage.stop()
  expect(machine.alerts).toEqual([...before, '4 c @105'])
  expect(second.stage.counters.alreadyDelivered).toEqual({ memory: 4 })
})

test('records that are read again in other batches see the seconds that they saw', async () => {
  const machine = new Machine()
  const first = machine.life({ settings: { checkpointIntervalMs: 60_000 }, source: { batchSize: 2 } })
  await first.stage.start()
  for (const letters of ['a b', 'c d', 'e f']) {
    machine.log.push(...letters.split(' '))
    await machine.clock.advance(1000)
  }
  const before = [...machine.alerts]
  first.stage.giveUp()
  await machine.clock.advance(10_000)
  machine.log.push('g', 'h')
  const second = machine.life({ source: { batchSize: 5 } })
  await second.stage.start()
  await machine.clock.advance(1000)
  expect(second.source.acknowledged).toBe(8)
  await second.stage.stop()
  expect(machine.alerts.slice(0, 6)).toEqual(before)
  expect(machine.sink.bodies.slice(6)).toEqual(['7 g', '8 h'])
})

test('a crash while noted steps are run again changes nothing', async () => {
  const machine = new Machine()
  const first = machine.life({ settings: { checkpointIntervalMs: 60_000 }, source: { batchSize: 1 } })
  await first.stage.start()
  for (let round = 0; round < 10; round++) {
    machine.log.push(`line ${round}`)
    await machine.clock.advance(700)
  }
  const before = [...machine.alerts]
  first.stage.giveUp()
  for (let life = 0; life < 3; life++) {
    await machine.clock.advance(5000)
    const { stage } = machine.life({ settings: { checkpointIntervalMs: 60_000 } })
    await stage.start()
    for (let turn = 0; turn < life; turn++) await machine.clock.settle()
    stage.giveUp()
    await stage.wait()
  }
  const last = machine.life()
  await last.stage.start()
  await machine.clock.advance(1000)
  await last.stage.stop()
  expect(machine.alerts).toEqual(before)
})

test('noted records that do not come again are not waited for without end', async () => {
  const machine = new Machine()
  const first = machine.life({ settings: { checkpointIntervalMs: 60_000 } })
  await first.stage.start()
  machine.log.push('a')
  await machine.clock.advance(1000)
  first.stage.giveUp()
  const second = machine.life({ log: new MemoryLog() })
  await second.stage.start()
  await machine.clock.advance(29_000)
  expect(second.stage.health.status).toBe('starting')
  await machine.clock.advance(2000)
  expect(second.stage.health.status).toBe('ok')
  expect(second.messages.map(({ message }) => message)).toContain(
    'records that were seen before the restart did not come again: they are not waited for'
  )
  await second.stage.stop()
})

test('records of a source without positions are not noted', async () => {
  const machine = new Machine()
  const { stage } = machine.life({
    settings: { checkpointIntervalMs: 60_000 },
    source: { hasPosition: false }
  })
  await stage.start()
  machine.log.push('a')
  await machine.clock.advance(1000)
  expect(machine.disk.notes.filter(note => note.startsWith('records'))).toEqual([])
  stage.giveUp()
})
