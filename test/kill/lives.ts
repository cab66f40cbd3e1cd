import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileCheckpointStore } from '../../adapters/checkpoint/file/store.ts'
import { Random } from '../parity/rule-files/random.ts'
import { WORKLOAD, type Workload, writeRecords, writeTimeline } from './workload.ts'

/** What came of a life that a kill ended. */
export interface Life {
  /** Bytes of the input that the last checkpoint covers. */
  readonly position: number
  /** Operations in that checkpoint. */
  readonly operations: number
  /** Alerts that were delivered after it, by what raised them. */
  readonly after: Readonly<Record<Cause, number>>
}

export type Cause = 'record' | 'window' | 'calendar'

export interface LivesResult {
  readonly lives: readonly Life[]
  /** Alerts of the undisturbed run. */
  readonly alerts: number
  readonly missing: readonly string[]
  readonly additional: readonly string[]
  /** Alerts that stand in the output more than once. */
  readonly repeated: number
  /** Bodies of the undisturbed run that `correlog replay` does not give, and the other way round. */
  readonly replayDiffers: readonly string[]
}

export interface LivesOptions {
  readonly folder: string
  /** The built command. */
  readonly command: string
  readonly lives: number
  readonly records: number
  readonly seed: number
  /** By default that of `workload.ts`. */
  readonly workload?: Workload
  /** A life is killed at most so long after its first checkpoint; by default twice the time between two. */
  readonly killWithinMs?: number
  /** Hears of each life. */
  readonly report: (life: Life) => void
}

/** A checkpoint is due so long after the one before. */
const INTERVAL_MS = 250

/** Runs the workload undisturbed, then again with a kill at a random moment in each life, and compares. */
export async function runLives(options: LivesOptions): Promise<LivesResult> {
  const { folder, records, seed, workload = WORKLOAD } = options
  for (const { name, text } of workload.files) writeFileSync(join(folder, name), text, 'latin1')
  await writeRecords(join(folder, 'in.jsonl'), workload.records(records, seed))
  await writeTimeline(join(folder, 'timeline'), workload.records(records, seed))
  const random = new Random(seed)
  const lives: Life[] = []
  while (lives.length < options.lives) {
    const life = await killedLife(options, random)
    // One that was killed before its first checkpoint is one kill more.
    if (life.position <= (lives.at(-1)?.position ?? 0)) continue
    lives.push(life)
    options.report(life)
  }
  await ended(startStage(options, 'killed'))
  await ended(startStage(options, 'undisturbed'))
  return { lives, ...compare(options), replayDiffers: await compareWithReplay(options) }
}

function startStage({ folder, command, workload = WORKLOAD }: LivesOptions, name: string): ChildProcess {
  const rules = workload.files.map(file => `--rules=${file.name}`)
  const source = `file:in.jsonl?codec=json${workload.context === undefined ? '' : `&context=${workload.context}`}`
  const args = [...rules, '--alerts-from=pipe,report,logonly', `--from=${source}`]
  const more = [`--to=file:${name}.jsonl`, '--time=record', `--state=${name}`, '--once', '--log-level=warn']
  return spawn(process.execPath, [command, 'run', ...args, ...more], {
    cwd: folder,
    env: { ...process.env, TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'inherit']
  })
}

async function ended(child: ChildProcess): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`correlog run exited with ${code}`)
}

async function killedLife(options: LivesOptions, random: Random): Promise<Life> {
  const state = join(options.folder, 'killed')
  const child = startStage(options, 'killed')
  const exit = once(child, 'exit')
  let hasEnded = false
  void exit.then(() => {
    hasEnded = true
  })
  let length = journalBytes(state)
  for (let checkpoints = 0; !hasEnded && checkpoints < 1; await sleep(5)) {
    const now = journalBytes(state)
    if (now > length) checkpoints++
    length = now
  }
  await sleep(random.below(options.killWithinMs ?? 2 * INTERVAL_MS))
  child.kill('SIGKILL')
  await exit
  if (child.signalCode !== 'SIGKILL') {
    throw new Error('a life came to the end of the input: expected more records for so many lives')
  }
  return look(options.folder, state)
}

/** What stands in the journals of a folder of state. */
function journalBytes(state: string): number {
  if (!existsSync(state)) return 0
  return readdirSync(state)
    .filter(name => name.startsWith('journal-'))
    .reduce((sum, name) => sum + (statSync(join(state, name), { throwIfNoEntry: false })?.size ?? 0), 0)
}

/** Looks at what a killed life left, without touching it. */
async function look(folder: string, state: string): Promise<Life> {
  const copy = `${state}.copy`
  cpSync(state, copy, { recursive: true })
  rmSync(join(copy, 'lock'), { force: true })
  const store = fileCheckpointStore({ directory: copy, report: () => {} })
  const checkpoint = await store.load()
  await store.close()
  rmSync(copy, { recursive: true })
  let operations = 0
  let position = 0
  for (const [key, value] of checkpoint?.entries ?? []) {
    if (/^op\/[0-9]+$/.test(key)) operations++
    if (key.startsWith('position/')) position = offsetOf(JSON.parse(value))
  }
  const clock = clockOf(checkpoint?.entries.get('correlator'))
  const after = { record: 0, window: 0, calendar: 0 }
  for (const alert of readAlerts(join(folder, 'killed.jsonl'))) {
    if (alert.second > clock) after[alert.cause]++
  }
  return { position, operations, after }
}

function offsetOf(position: unknown): number {
  const [last] = JSON.stringify(position).match(/"offset":[0-9]+(?!.*"offset":)/) ?? []
  return Number(last?.slice('"offset":'.length) ?? 0)
}

function clockOf(head: string | undefined): number {
  return Number(/"now":([0-9]+)/.exec(head ?? '')?.[1] ?? 0)
}

interface SeenAlert {
  readonly uid: string
  readonly second: number
  readonly cause: Cause
  readonly body: string
}

function readAlerts(path: string): SeenAlert[] {
  // A life that was killed at its very beginning has not made it yet.
  if (!existsSync(path)) return []
  // The line that a kill cut off is no alert yet.
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return lines.map(line => {
    const { timestamp, body, attributes } = JSON.parse(line) as {
      timestamp: string
      body: string
      attributes: Readonly<Record<string, string>>
    }
    const cause = attributes['correlog.cause'] ?? ''
    return {
      uid: attributes['log.record.uid'] ?? '',
      second: Date.parse(timestamp) / 1000,
      cause: cause.startsWith('calendar/') ? 'calendar' : /^file:[^/]*$/.test(cause) ? 'record' : 'window',
      body
    }
  })
}

function compare({
  folder
}: LivesOptions): Pick<LivesResult, 'alerts' | 'missing' | 'additional' | 'repeated'> {
  // What a rule remembers shows in the text only: the uid comes from what has caused the alert.
  const named = ({ uid, body }: SeenAlert): string => `${uid} ${body}`
  const undisturbed = new Set(readAlerts(join(folder, 'undisturbed.jsonl')).map(named))
  const all = readAlerts(join(folder, 'killed.jsonl'))
  const killed = new Set(all.map(named))
  return {
    alerts: undisturbed.size,
    missing: [...undisturbed].filter(alert => !killed.has(alert)),
    additional: [...killed].filter(alert => !undisturbed.has(alert)),
    repeated: all.length - killed.size
  }
}

/** Alerts of the `alert` action, by second and text: replay writes them to standard output. */
async function compareWithReplay({ folder, command, workload = WORKLOAD }: LivesOptions): Promise<string[]> {
  const rules = workload.files.flatMap(file => ['--conf', file.name])
  const child = spawn(process.execPath, [command, 'replay', 'timeline', ...rules], {
    cwd: folder,
    env: { ...process.env, TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'ignore']
  })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', text => (output += text))
  await once(child, 'close')
  const replayed = output
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as { timestamp: string; body: string })
    .map(({ timestamp, body }) => `${Date.parse(timestamp) / 1000} ${body}`)
  const raised = readFileSync(join(folder, 'undisturbed.jsonl'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as { timestamp: string; body: string; attributes: Record<string, string> })
    .filter(({ attributes }) => attributes['correlog.action'] === 'alert')
    .map(({ timestamp, body }) => `${Date.parse(timestamp) / 1000} ${body}`)
  const differences: string[] = []
  for (let index = 0; index < Math.max(replayed.length, raised.length); index++) {
    if (replayed[index] !== raised[index]) differences.push(`${replayed[index]} | ${raised[index]}`)
  }
  return differences
}
