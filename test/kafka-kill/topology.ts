import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Admin, logLevel } from 'kafkajs'
import { kafkajs as ours } from '../../adapters/kafka/kafkajs/load.ts'
import type { KafkaServer } from '../helpers/kafka-server.ts'
import { kcatConsume } from '../helpers/kcat.ts'
import { alertsOf, expectedOf, missingFrom } from './comparison.ts'
import { Feed } from './feed.ts'
import { type KafkaWorkload, WORKLOAD } from './workload.ts'

export type Guarantee = 'exactly_once' | 'at_least_once'

/** Shorter than the default, so that a group misses a dead member soon. The broker has to allow it. */
export const SESSION_TIMEOUT_MS = 3000

/** For a broker that these tests share with others. */
export const brokerSettings: Readonly<Record<string, string>> = {
  'group.min.session.timeout.ms': '1000'
}

/** Old records are not deleted while a test runs. */
const KEPT = { 'retention.ms': '-1' }
const READ_WITHIN_MS = 180_000
const MARKERS_WITHIN_MS = 20_000
const ANSWER_WITHIN_MS = 10_000

export interface TopologyOptions {
  readonly broker: KafkaServer
  readonly folder: string
  /** The built command. */
  readonly command: string
  /** Of the group; topics have it too. */
  readonly name: string
  readonly partitions: number
  readonly guarantee: Guarantee
  /** By default five rules without Perl. */
  readonly workload?: KafkaWorkload
}

/** How the alerts of a topic differ from those of `correlog replay` over the records, or of a run over files of them. */
export interface Verdict {
  readonly records: number
  /** Of what they are compared with. */
  readonly alerts: number
  readonly missing: readonly string[]
  readonly additional: readonly string[]
  /** Committed ones whose uid came before. */
  readonly repeated: number
  /** Those that only `read_uncommitted` sees. */
  readonly uncommitted: number
  /** Partitions in which the group's offset, the state's position and the end of the log are not the same. */
  readonly positionsDiffer: readonly string[]
}

/** A topic with lines, members of a group that read it, and a topic with their alerts. */
export class Topology {
  readonly feed: Feed
  readonly #options: TopologyOptions
  readonly #members: Member[] = []

  private constructor(options: TopologyOptions) {
    this.#options = options
    const { broker, name, partitions, workload = WORKLOAD } = options
    // kafkajs as it comes loses records when leaders move.
    const kafka = new ours.Kafka({ brokers: broker.address.split(','), logLevel: logLevel.NOTHING })
    this.feed = new Feed(kafka, `${name}-logs`, partitions, workload)
  }

  static async create(options: TopologyOptions): Promise<Topology> {
    const { broker, folder, name, partitions, workload = WORKLOAD } = options
    for (const file of workload.files) writeFileSync(join(folder, file.name), file.text, 'latin1')
    await broker.topic(`${name}-logs`, partitions, KEPT)
    await broker.topic(`${name}-alerts`, 3, KEPT)
    const created = new Topology(options)
    await created.feed.connect()
    return created
  }

  get alertTopic(): string {
    return `${this.#options.name}-alerts`
  }

  get stateTopic(): string {
    return `${this.#options.name}-state`
  }

  /** Starts one more member, which reaches the broker there. */
  join(address = this.#options.broker.address): Member {
    const { command, folder, name, guarantee, workload = WORKLOAD } = this.#options
    const { files, context } = workload
    const times = `sessionTimeout=${SESSION_TIMEOUT_MS / 1000}&heartbeat=0.5&rebalanceTimeout=10`
    const number = this.#members.length + 1
    const from = `kafka://${address}/${name}-logs?${times}${context === undefined ? '' : `&context=${context}`}`
    const to = `kafka://${address}/${this.alertTopic}`
    const rules = files.flatMap(file => ['--rules', file.name])
    const alerts = context === undefined ? [] : ['--alerts-from', 'pipe,report']
    const args = ['--application', name, ...rules, ...alerts, '--delivery', guarantee, '--from', from]
    const member = new Member(join(folder, `${name}-${number}.log`), folder, [
      command,
      'run',
      ...args,
      '--to',
      to
    ])
    this.#members.push(member)
    return member
  }

  /** kafkajs does not ask again where a leader is away or a coordinator just starting, and may wait for ever for an answer. */
  async #ask<Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    const deadline = performance.now() + READ_WITHIN_MS
    for (;;) {
      const admin = this.#options.broker.kafkajs().admin()
      const unanswered = new AbortController()
      try {
        const answer = admin.connect().then(() => question(admin))
        const late = sleep(ANSWER_WITHIN_MS, undefined, { signal: unanswered.signal }).then(() => {
          throw new kafkajs.KafkaJSError(`no answer within ${ANSWER_WITHIN_MS} ms`, { retriable: true })
        })
        return await Promise.race([answer, late])
      } catch (error) {
        const isPassing = error instanceof kafkajs.KafkaJSError && error.retriable
        if (!isPassing || performance.now() > deadline) throw error
        await sleep(100)
      } finally {
        unanswered.abort()
        // Not waited for: it waits for what was not answered.
        admin.disconnect().catch(() => {})
      }
    }
  }

  /** The ends of the partitions that are read. */
  #ends(): Promise<readonly string[]> {
    return this.#ask(async admin => inOrder(await admin.fetchTopicOffsets(`${this.#options.name}-logs`)))
  }

  /** What the group has committed. */
  #committed(): Promise<readonly string[]> {
    const { name } = this.#options
    return this.#ask(async admin => {
      const [group] = await admin.fetchOffsets({ groupId: name, topics: [`${name}-logs`] })
      return inOrder(group?.partitions ?? [])
    })
  }

  /** All that is there now is read and settled, in each partition: so the state says. */
  async read(): Promise<void> {
    const ends = await this.#ends()
    const deadline = performance.now() + READ_WITHIN_MS
    for (;;) {
      const positions = await this.#positions()
      if (ends.every((end, partition) => (positions.get(partition) ?? -1) >= Number(end))) return
      this.check()
      if (performance.now() > deadline) {
        throw new Error(`not read: ${[...positions].join(' ')}, ends ${ends.join(' ')}\n${this.logs}`)
      }
      await sleep(100)
    }
  }

  /** How many alerts are committed. */
  async alerts(): Promise<number> {
    return (await alertsOf(this.#options.broker.address, this.alertTopic, 'read_committed')).length
  }

  /** @throws if a member has ended that nobody has ended */
  check(): void {
    for (const member of this.#members) member.check()
  }

  get logs(): string {
    return this.#members.map(({ log }) => log).join('\n')
  }

  /** Ends who is left, in good order, and looks what came of it all. */
  async verdict(): Promise<Verdict> {
    const { broker, folder, command, name, guarantee, workload = WORKLOAD } = this.#options
    await this.feed.stop()
    await this.read()
    for (const member of this.#members) await member.stop()
    const { address } = broker
    const topic = `${name}-logs`
    const { records, alerts } = await expectedOf({ command, folder, address, topic, workload })
    if (records !== this.feed.count)
      throw new Error(`${records} records of ${this.feed.count} are in the topic`)
    // Markers of the last transactions may be written a moment after their commits are answered.
    let seen = await alertsOf(address, this.alertTopic, 'read_committed')
    const deadline = performance.now() + MARKERS_WITHIN_MS
    while (seen.length < alerts.length && performance.now() < deadline) {
      await sleep(200)
      seen = await alertsOf(address, this.alertTopic, 'read_committed')
    }
    const all = await alertsOf(address, this.alertTopic, 'read_uncommitted')
    const once = [...new Map(seen.map(each => [each.uid, each])).values()]
    const counted = (guarantee === 'exactly_once' ? seen : once).map(({ essence }) => essence)
    return {
      records,
      alerts: alerts.length,
      missing: missingFrom(alerts, counted),
      additional: missingFrom(counted, alerts),
      repeated: seen.length - once.length,
      uncommitted: all.length - seen.length,
      positionsDiffer: await this.#positionsDiffer()
    }
  }

  /** For the end of a test. */
  async close(): Promise<void> {
    await this.feed.close()
    for (const member of this.#members) await member.kill()
  }

  async #positionsDiffer(): Promise<string[]> {
    const positions = await this.#positions()
    const [committed, ends] = [await this.#committed(), await this.#ends()]
    return ends.flatMap((end, partition) => {
      const position = positions.get(partition)
      const isSame = committed[partition] === end && position === Number(end)
      return isSame ? [] : [`${partition}: ends at ${end}, group ${committed[partition]}, state ${position}`]
    })
  }

  /** Where the state is, by partition. */
  async #positions(): Promise<ReadonlyMap<number, number>> {
    const { broker, name, partitions } = this.#options
    const positions = new Map<number, number>()
    const topics = await this.#ask(admin => admin.listTopics())
    if (!topics.includes(this.stateTopic)) return positions
    // Each by itself, and not waiting for more: kcat ends when all that it reads had nothing at the same moment, and records go on.
    const read = await Promise.all(
      Array.from({ length: partitions }, (_none, partition) =>
        kcatConsume(broker.address, this.stateTopic, '-p', String(partition), '-X', 'fetch.wait.max.ms=10')
      )
    )
    for (const { partition, key, payload } of read.flat()) {
      if (key !== `position/${name}-logs`) continue
      const { offset, ...others } = JSON.parse(payload ?? '{}') as { readonly offset: number }
      if (Object.keys(others).length === 0) positions.set(partition, offset)
    }
    return positions
  }
}

function inOrder(
  list: readonly { readonly partition: number; readonly offset: string }[]
): readonly string[] {
  return [...list].sort((one, other) => one.partition - other.partition).map(({ offset }) => offset)
}

/** A running `correlog run`. */
export class Member {
  readonly #child: ChildProcess
  readonly #log: string
  #isToEnd = false

  constructor(log: string, folder: string, args: readonly string[]) {
    this.#log = log
    const output = openSync(log, 'a')
    this.#child = spawn(process.execPath, args, {
      cwd: folder,
      env: { ...process.env, TZ: 'UTC', CORRELOG_TELEMETRY_PORT: '0' },
      stdio: ['ignore', output, output]
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get log(): string {
    return readFileSync(this.#log, 'latin1')
  }

  /** The URL of its health, once it has said so. */
  get telemetry(): string {
    const [, url] = /"url":"([^"]+)"/.exec(this.log) ?? []
    if (url === undefined) throw new Error(`no address of telemetry:\n${this.log}`)
    return url
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** @throws if it has ended by itself */
  check(): void {
    if (this.#hasEnded && !this.#isToEnd) {
      throw new Error(`correlog run exited with ${this.#child.exitCode}:\n${this.log}`)
    }
  }

  /** It is a member of the group. */
  async dealt(): Promise<void> {
    const deadline = performance.now() + READ_WITHIN_MS
    while (!this.log.includes('the tasks of the group were dealt out')) {
      this.check()
      if (performance.now() > deadline) throw new Error(`no member of the group:\n${this.log}`)
      await sleep(50)
    }
  }

  /** At once: nothing else happens before. */
  killNow(): void {
    this.#isToEnd = true
    this.#child.kill('SIGKILL')
  }

  async kill(): Promise<void> {
    this.killNow()
    if (!this.#hasEnded) await once(this.#child, 'exit')
  }

  halt(): void {
    this.#child.kill('SIGSTOP')
  }

  goOn(): void {
    this.#child.kill('SIGCONT')
  }

  /** In good order. */
  async stop(): Promise<void> {
    if (this.#isToEnd) return
    this.check()
    this.#isToEnd = true
    this.#child.kill('SIGTERM')
    if (!this.#hasEnded) await once(this.#child, 'exit')
    if (this.#child.exitCode !== 0) {
      throw new Error(
        `correlog run exited with ${this.#child.exitCode ?? this.#child.signalCode}:\n${this.log}`
      )
    }
  }
}
