import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import { AlertFile } from '../helpers/alert-file.ts'
import { requireRsyslog } from '../helpers/requirements.ts'
import { Rsyslog } from '../helpers/rsyslog.ts'
import { memoryFolder } from '../helpers/scratch.ts'

const rsyslog = requireRsyslog()

const RECORDS = 10_000
const STEP = 1000

/** Each record waits for its answer: on a machine that has much to do this takes its time. */
const LIMIT_MS = 90_000

const RULES = `type=Single
ptype=RegExp
pattern=app: record (\\d+)$
desc=record $1
action=alert notice record $1
`

/** Reads a file into the messages that the example gives to correlog. */
const fileInput = (folder: string): string =>
  `module(load="imfile")\ninput(type="imfile" file="${folder}/app.log" tag="app:")`

/** A file of records, rsyslog that reads it, and the alerts of the correlog that it starts. */
class Pipeline {
  readonly server: Rsyslog
  readonly alerts: AlertFile
  readonly #path: string
  #written = 0

  constructor(context: TestContext, example: string, config: (folder: string) => string) {
    const program = rsyslog.need(context)
    const folder = memoryFolder(context)
    this.#path = join(folder, 'app.log')
    this.alerts = new AlertFile(join(folder, 'alerts.jsonl'))
    writeFileSync(join(folder, 'rules.sec'), RULES)
    writeFileSync(this.#path, '')
    this.server = new Rsyslog(context, { program, folder, example, config: config(folder) })
    this.server.start()
  }

  append(count: number): void {
    appendFileSync(this.#path, `${texts(this.#written, count).join('\n')}\n`)
    this.#written += count
  }

  /** Waits until so many of the records are alerted, each step no longer than a command is waited for. */
  async alerted(goal: number): Promise<void> {
    const { server, alerts } = this
    while (alerts.uids.size < goal) {
      const next = Math.min(alerts.uids.size + STEP, goal)
      const what = (): string => `${next} alerts: there are ${alerts.uids.size}; ${server.correlogLog}`
      await server.running.until(() => alerts.uids.size >= next, what())
    }
  }

  /** Appends step by step, up to so many: what rsyslog has read and not got rid of is never more than a step. */
  async fed(goal: number): Promise<void> {
    while (this.#written < goal) {
      this.append(STEP)
      await this.alerted(this.#written)
    }
  }
}

function texts(after: number, count: number): string[] {
  return Array.from({ length: count }, (_none, index) => `record ${after + index + 1}`)
}

test(
  'orderly restarts of either side: each record is alerted once',
  async context => {
    const pipeline = new Pipeline(context, 'correlog.conf', fileInput)
    const { server, alerts } = pipeline
    pipeline.append(RECORDS)
    await pipeline.alerted(2500)
    server.signalCorrelog('SIGTERM')
    await pipeline.alerted(5000)
    await server.stop()
    server.start()
    await pipeline.alerted(RECORDS)
    await server.stop()
    expect([...alerts.uids.keys()]).toEqual(texts(0, RECORDS))
    expect(alerts.repeated).toEqual(new Map())
  },
  LIMIT_MS
)

test(
  'kill -9 of correlog and of rsyslogd: no record is lost',
  async context => {
    const pipeline = new Pipeline(context, 'file.conf', () => '')
    const { server, alerts } = pipeline
    await pipeline.fed(3000)
    pipeline.append(STEP)
    await pipeline.alerted(3500)
    server.signalCorrelog('SIGKILL')
    await pipeline.fed(6000)
    pipeline.append(STEP)
    await pipeline.alerted(6500)
    server.running.signal('SIGKILL')
    await server.running.ended()
    server.start()
    await pipeline.fed(RECORDS)
    await server.stop()
    expect([...alerts.uids.keys()]).toEqual(texts(0, RECORDS))
    // rsyslog keeps its place in the file for what it has read at once: after a kill of its own that comes again.
    const readAgain = new Set(texts(6000, STEP))
    const others = [...alerts.repeated.keys()].filter(text => !readAgain.has(text))
    // The record that waited for its answer when correlog was killed.
    expect(others.length).toBeLessThanOrEqual(1)
  },
  LIMIT_MS
)
