import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaBroker } from '../helpers/kafka-broker.ts'
import { Member, SESSION_TIMEOUT_MS } from './topology.ts'

/** An operation for each name, that lives for as long as the test, and alerts that show who reads. */
const RULES = `type=SingleWithThreshold
ptype=RegExp
pattern=^update (\\S+)$
desc=updates of $1
action=alert $1 is busy
window=100000000
thresh=1000000

type=Single
ptype=RegExp
pattern=^tick (\\d+)$
desc=tick $1
action=alert tick $1
`

/** So that what is measured is a restore of all of it. */
export const uncleanedSettings: Readonly<Record<string, string>> = { 'log.cleaner.enable': 'false' }

const TICK_MS = 50
const CHUNK = 5000
const WAIT_MS = 600_000

export interface HandOverOptions {
  readonly broker: KafkaBroker
  readonly folder: string
  readonly command: string
  readonly operations: number
  /** How often each operation changes: so many times as much is in the changelog. */
  readonly changes: number
}

export interface HandOverResult {
  /** Offsets of the changelog. */
  readonly history: number
  /** What the log says of both restores. */
  readonly restores: readonly string[]
  /** From SIGTERM to the first alert of the new owner, as a consumer sees it. */
  readonly orderlyMs: number
  /** From the assignment, as the log says it, to the first alert of the new owner. */
  readonly killedMs: number
}

/** A task with many live operations goes to another member: once in good order, once because its owner was killed. */
export async function runHandOver(options: HandOverOptions): Promise<HandOverResult> {
  const { broker, folder, operations, changes } = options
  writeFileSync(join(folder, 'many.sec'), RULES)
  await broker.topic('many', 1)
  await broker.topic('ticks', 1)
  const kafka = broker.kafkajs()
  const producer = kafka.producer()
  const consumer = kafka.consumer({ groupId: 'watches-ticks' })
  const members: Member[] = []
  const added = (): Member => {
    const member = createMember(options, members.length + 1)
    members.push(member)
    return member
  }
  let isTicking = true
  let lastTick = 0
  await Promise.all([producer.connect(), consumer.connect()])
  try {
    await consumer.subscribe({ topic: 'ticks', fromBeginning: true })
    await consumer.run({
      eachMessage: async () => {
        lastTick = performance.now()
        await Promise.resolve()
      }
    })
    const first = added()
    for (let from = 0; from < operations * changes; from += CHUNK) {
      const messages = Array.from(
        { length: Math.min(CHUNK, operations * changes - from) },
        (_none, index) => ({
          partition: 0,
          value: `update name${(from + index) % operations}`
        })
      )
      await producer.send({ topic: 'many', messages })
    }
    await producer.send({ topic: 'many', messages: [{ value: 'tick 0' }] })
    await until(() => lastTick > 0, first)
    const second = added()
    await until(() => second.log.includes(DEALT), second)
    const ticks = (async () => {
      for (let tick = 1; isTicking; tick++) {
        await producer.send({ topic: 'many', messages: [{ value: `tick ${tick}` }] })
        await sleep(TICK_MS)
      }
    })()
    const firstAlertOf = async (member: Member): Promise<number> => {
      await until(() => member.log.includes(RESTORED), member)
      const restored = performance.now()
      await until(() => lastTick > restored, member)
      return lastTick
    }
    await sleep(1000)
    const asked = performance.now()
    const end = first.stop()
    const orderlyMs = Math.round((await firstAlertOf(second)) - asked)
    await end
    const third = added()
    await until(() => third.log.includes(DEALT), third)
    const dealtBefore = count(third.log, DEALT)
    await second.kill()
    await until(() => count(third.log, DEALT) > dealtBefore, third)
    const dealt = performance.now()
    const killedMs = Math.round((await firstAlertOf(third)) - dealt)
    isTicking = false
    await ticks
    const admin = kafka.admin()
    await admin.connect()
    const [changelog] = await admin.fetchTopicOffsets('many-state')
    await admin.disconnect()
    await third.stop()
    return {
      history: Number(changelog?.offset ?? 0),
      restores: [second, third].map(({ log }) => log.split('\n').find(line => line.includes(RESTORED)) ?? ''),
      orderlyMs,
      killedMs
    }
  } finally {
    isTicking = false
    for (const member of members) await member.kill()
    await Promise.all([producer.disconnect(), consumer.disconnect()])
  }
}

const DEALT = 'the tasks of the group were dealt out'
const RESTORED = 'the state of a task was read'

function createMember({ broker, folder, command }: HandOverOptions, number: number): Member {
  const times = `sessionTimeout=${SESSION_TIMEOUT_MS / 1000}&heartbeat=0.5`
  const { address } = broker
  const args = ['--application', 'many', '--rules', 'many.sec', '--from', `kafka://${address}/many?${times}`]
  return new Member(join(folder, `member-${number}.log`), folder, [
    command,
    'run',
    ...args,
    '--to',
    `kafka://${address}/ticks`
  ])
}

function count(text: string, part: string): number {
  return text.split(part).length - 1
}

async function until(condition: () => boolean, member: Member): Promise<void> {
  const deadline = performance.now() + WAIT_MS
  while (!condition()) {
    member.check()
    if (performance.now() > deadline) throw new Error(`waited in vain:\n${member.log}`)
    await sleep(20)
  }
}
