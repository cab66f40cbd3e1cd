import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type TestContext, test, vi } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { FifoTail, makeFifo } from '../helpers/fifo.ts'
import { scratchFolder } from '../helpers/scratch.ts'

const RULES = `type=SingleWithThreshold
ptype=RegExp
pattern=^fail (\\S+)
desc=failures of $1
action=alert error three failures of $1
window=3600
thresh=3

type=Single
ptype=RegExp
pattern=^line (\\d+)
desc=line $1
action=alert notice line $1
`

/** A stage on standard input, as a parent that pipes into it has it. */
class PipedStage {
  readonly folder: string
  readonly child: ChildProcessWithoutNullStreams
  stdout = ''
  stderr = ''

  constructor(context: TestContext, folder: string, ...options: readonly string[]) {
    this.folder = folder
    writeFileSync(join(folder, 'rules.sec'), RULES)
    const command = [correlogCommand(), 'run', '--rules', 'rules.sec', ...options]
    this.child = spawn(process.execPath, command, { cwd: folder, stdio: 'pipe' })
    this.child.stdout.on('data', data => (this.stdout += String(data)))
    this.child.stderr.on('data', data => (this.stderr += String(data)))
    this.child.stdin.on('error', () => {})
    context.onTestFinished(() => void this.child.kill('SIGKILL'))
  }

  get answers(): number {
    return this.stdout.split('\n').length - 1
  }

  /** Texts of the alerts in its file. */
  get alerts(): string[] {
    const path = join(this.folder, 'alerts.jsonl')
    return existsSync(path) ? bodiesOf(readFileSync(path, 'utf8')) : []
  }

  async until(condition: () => boolean): Promise<void> {
    await vi.waitUntil(condition, { timeout: 15_000, interval: 2 }).catch(() => {
      throw new Error(`waited in vain\nstdout: ${this.stdout.slice(-1000)}\nstderr: ${this.stderr}`)
    })
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close')
    return this.child.exitCode
  }
}

function bodiesOf(text: string): string[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => (JSON.parse(line) as { body: string }).body)
}

test('with confirm each line is answered when its alert is in the file, and the readiness first', async context => {
  const stage = new PipedStage(
    context,
    scratchFolder(context),
    '--from=stdin:?confirm=true',
    '--to=file:alerts.jsonl',
    '--state=state'
  )
  await stage.until(() => stage.answers === 1)
  for (let line = 1; line <= 50; line++) {
    stage.child.stdin.write(`line ${line}\n`)
    await stage.until(() => stage.answers > line)
    expect(stage.alerts).toHaveLength(line)
  }
  stage.child.stdin.end()
  expect(await stage.ended()).toBe(0)
  expect(stage.stdout).toBe('OK\n'.repeat(51))
})

test('what was not answered before a kill is sent again, and counted once', async context => {
  const folder = scratchFolder(context)
  const options = ['--from=stdin:?confirm=true', '--to=file:alerts.jsonl', '--state=state']
  for (let life = 0; life < 3; life++) {
    const stage = new PipedStage(context, folder, ...options)
    await stage.until(() => stage.answers === 1)
    stage.child.stdin.write('fail eve\n')
    await stage.until(() => stage.answers === 2)
    stage.child.kill('SIGKILL')
    await stage.ended()
    expect(stage.alerts).toEqual(life === 2 ? ['three failures of eve'] : [])
  }
})

test('a line whose alert was delivered, but that was not answered before a kill, is the same alert when it comes again', async context => {
  const folder = scratchFolder(context)
  const fifo = makeFifo(context)
  const options = [
    '--from=stdin:?confirm=true',
    '--to=file:alerts.jsonl',
    `--to=fifo:${fifo}`,
    '--state=state'
  ]
  // Nobody reads the FIFO: the line is not settled.
  const killed = new PipedStage(context, folder, ...options)
  await killed.until(() => killed.answers === 1)
  killed.child.stdin.write('line 1\n')
  await killed.until(() => killed.alerts.length === 1)
  killed.child.kill('SIGKILL')
  await killed.ended()
  expect(killed.answers).toBe(1)

  const reader = new FifoTail(context, fifo)
  reader.attach()
  const next = new PipedStage(context, folder, ...options)
  await next.until(() => next.answers === 1)
  next.child.stdin.write('line 1\n')
  await next.until(() => next.answers === 2)
  next.child.stdin.end()
  expect(await next.ended()).toBe(0)
  expect(next.alerts).toEqual(['line 1'])
  const [written] = readFileSync(join(folder, 'alerts.jsonl'), 'utf8').split('\n')
  expect(reader.lines).toEqual([written])
})

test('after TERM standard input is read to its end', async context => {
  const stage = new PipedStage(context, scratchFolder(context), '--from=stdin:', '--to=file:alerts.jsonl')
  const lines = Array.from({ length: 10_000 }, (_none, index) => `line ${index + 1}`)
  stage.child.stdin.write(`${lines.slice(0, 5000).join('\n')}\n`)
  await stage.until(() => stage.stderr.includes('correlog runs'))
  stage.child.kill('SIGTERM')
  await stage.until(() => stage.stderr.includes('ending in good order'))
  for (let start = 5000; start < 10_000; start += 1000) {
    stage.child.stdin.write(`${lines.slice(start, start + 1000).join('\n')}\n`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  stage.child.stdin.end()
  expect(await stage.ended()).toBe(0)
  expect(stage.alerts).toEqual(lines)
})

test('HUP loses no state', async context => {
  const stage = new PipedStage(context, scratchFolder(context), '--from=stdin:', '--to=stdout:')
  await stage.until(() => stage.stderr.includes('correlog runs'))
  stage.child.stdin.write('fail eve\nfail eve\nline 1\n')
  await stage.until(() => stage.answers === 1)
  stage.child.kill('SIGHUP')
  await stage.until(() => stage.stderr.includes('the rules are read again'))
  stage.child.stdin.end('fail eve\n')
  expect(await stage.ended()).toBe(0)
  expect(bodiesOf(stage.stdout)).toEqual(['line 1', 'three failures of eve'])
})

test('when nobody reads standard output any more, the stage fails', async context => {
  const stage = new PipedStage(context, scratchFolder(context), '--from=stdin:', '--to=stdout:')
  await stage.until(() => stage.stderr.includes('correlog runs'))
  stage.child.stdout.destroy()
  stage.child.stdin.write('line 1\n')
  expect(await stage.ended()).toBe(2)
  expect(stage.stderr).toContain("can't write to standard output (Broken pipe)")
})
