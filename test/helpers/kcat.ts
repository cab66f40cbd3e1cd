import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** A record as kcat's JSON has it. */
export interface KcatRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly ts: number
  readonly key: string | null
  readonly payload: string | null
  /** Names and values in turn. */
  readonly headers?: readonly string[]
}

/** Runs kcat (librdkafka) to its end. @throws Error with what it says */
export async function kcat(args: readonly string[], input = ''): Promise<string> {
  const child = spawn('kcat', args, { stdio: 'pipe' })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (child.exitCode !== 0) throw new Error(`kcat ${args.join(' ')}: ${stderr}`)
  return stdout
}

/** Lines become records. */
export async function kcatProduce(
  address: string,
  topic: string,
  lines: readonly string[],
  ...args: readonly string[]
): Promise<void> {
  await kcat(['-P', '-b', address, '-t', topic, ...args], lines.map(line => `${line}\n`).join(''))
}

/** All that is there, of committed transactions (`-X isolation.level=read_uncommitted` for all). */
export async function kcatConsume(
  address: string,
  topic: string,
  ...args: readonly string[]
): Promise<KcatRecord[]> {
  const out = await kcat(['-C', '-b', address, '-t', topic, '-o', 'beginning', '-e', '-q', '-J', ...args])
  return out
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as KcatRecord)
}
