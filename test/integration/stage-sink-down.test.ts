import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { FifoTail, makeFifo } from '../helpers/fifo.ts'
import { mountSmallDisk, unmount } from '../helpers/machine-limits.ts'
import { RunningCommand } from '../helpers/running-command.ts'
import { scratchFolder } from '../helpers/scratch.ts'

const RULES = `type=Single
ptype=RegExp
pattern=^line (\\d+)
desc=line $1
action=alert notice line $1
`

interface Entry {
  readonly message: string
  readonly status?: string
  readonly troubles?: readonly { readonly component: string; readonly reason: string }[]
  readonly inFlightAlertBytes?: number
}

/** A stage that raises an alert for each line of `in.log`. */
function runStage(
  context: TestContext,
  folder: string,
  to: string,
  ...more: readonly string[]
): RunningCommand {
  writeFileSync(join(folder, 'all.sec'), RULES)
  const command = [process.execPath, correlogCommand(), 'run', '--rules', 'all.sec', '--from', 'file:in.log']
  const stage = new RunningCommand([...command, '--to', to, ...more], { folder })
  context.onTestFinished(() => stage.kill())
  return stage
}

function writeLines(folder: string, count: number): void {
  const lines = Array.from({ length: count }, (_none, index) => `line ${index + 1}\n`)
  writeFileSync(join(folder, 'in.log'), lines.join(''))
}

function logOf(stage: RunningCommand): Entry[] {
  return stage.stderr
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Entry)
}

/** What it says of its health. */
async function healthOf(stage: RunningCommand): Promise<Entry> {
  const told = (): Entry[] => logOf(stage).filter(({ message }) => message === 'health and counters')
  // Before it runs the signal would end it.
  await stage.until(() => logOf(stage).some(({ message }) => message === 'correlog runs'), 'its start')
  const before = told().length
  stage.signal('SIGUSR1')
  await stage.until(() => told().length > before, 'its health')
  return told().at(-1) as Entry
}

function residentBytes(stage: RunningCommand): number {
  const status = readFileSync(`/proc/${stage.child.pid}/status`, 'utf8')
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
}

function alertedLines(lines: readonly string[]): string[] {
  return lines.map(line => (JSON.parse(line) as { body: string }).body)
}

test('a FIFO without a reader: the source waits, memory is bounded, nothing is lost', async context => {
  const folder = scratchFolder(context)
  const fifo = makeFifo(context)
  const count = 60_000
  writeLines(folder, count)
  const stage = runStage(context, folder, `fifo:${fifo}`)
  const heldBack = 'sources are held back until what was taken in is settled'
  await stage.until(() => logOf(stage).some(({ message }) => message === heldBack), 'back-pressure')
  const health = await healthOf(stage)
  expect(health.status).toBe('degraded')
  expect(health.troubles?.map(({ reason }) => reason)).toEqual([
    `output FIFO ${fifo} has no reader`,
    'sources are held back until what was taken in is settled'
  ])
  expect(health.inFlightAlertBytes).toBeLessThan(20 * 1024 * 1024)
  expect(residentBytes(stage)).toBeLessThan(400 * 1024 * 1024)

  const reader = new FifoTail(context, fifo)
  reader.attach()
  await stage.until(() => reader.count >= count, 'all alerts')
  expect(alertedLines(reader.lines)).toEqual(
    Array.from({ length: count }, (_none, index) => `line ${index + 1}`)
  )
  await expect.poll(async () => (await healthOf(stage)).status, { timeout: 10_000 }).toBe('ok')
  stage.signal('SIGTERM')
  expect(await stage.ended()).toBe(0)
}, 60_000)

test('a full disk: the source waits, and each alert is there once and whole when there is room', async context => {
  const folder = scratchFolder(context)
  const disk = join(folder, 'disk')
  mountSmallDisk(context, disk)
  context.onTestFinished(() => unmount(disk))
  writeFileSync(join(disk, 'filler'), Buffer.alloc(44 * 1024))
  const count = 50
  writeLines(folder, count)
  const stage = runStage(context, folder, `file:${join(disk, 'alerts.jsonl')}`, '--state', 'state')
  const isFull = ({ troubles = [] }: Entry): boolean =>
    troubles.some(({ reason }) => reason.includes('No space left on device'))
  await expect.poll(async () => isFull(await healthOf(stage)), { timeout: 10_000 }).toBe(true)
  expect((await healthOf(stage)).status).toBe('degraded')
  const alerts = (): string[] => readFileSync(join(disk, 'alerts.jsonl'), 'utf8').split('\n').slice(0, -1)
  expect(alerts().length).toBeLessThan(count)

  rmSync(join(disk, 'filler'))
  await stage.until(() => alerts().length >= count, 'all alerts')
  expect(alertedLines(alerts())).toEqual(Array.from({ length: count }, (_none, index) => `line ${index + 1}`))
  await expect.poll(async () => (await healthOf(stage)).status, { timeout: 10_000 }).toBe('ok')
  stage.signal('SIGTERM')
  expect(await stage.ended()).toBe(0)
}, 60_000)

test('a stage whose disk is full is killed: the next one writes what is missing, and nothing twice', async context => {
  const folder = scratchFolder(context)
  const disk = join(folder, 'disk')
  mountSmallDisk(context, disk)
  context.onTestFinished(() => unmount(disk))
  writeFileSync(join(disk, 'filler'), Buffer.alloc(44 * 1024))
  const count = 50
  writeLines(folder, count)
  const arguments_ = [`file:${join(disk, 'alerts.jsonl')}`, '--state', 'state'] as const
  const first = runStage(context, folder, ...arguments_)
  await expect
    .poll(async () => (await healthOf(first)).troubles?.some(({ reason }) => /No space/.test(reason)), {
      timeout: 10_000
    })
    .toBe(true)
  await first.kill()
  rmSync(join(disk, 'filler'))
  const second = runStage(context, folder, ...arguments_)
  const alerts = (): string[] => readFileSync(join(disk, 'alerts.jsonl'), 'utf8').split('\n').slice(0, -1)
  await second.until(() => alerts().length >= count, 'all alerts')
  second.signal('SIGTERM')
  expect(await second.ended()).toBe(0)
  expect(alertedLines(alerts())).toEqual(Array.from({ length: count }, (_none, index) => `line ${index + 1}`))
}, 60_000)
