import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { RunningCommand } from '../helpers/running-command.ts'

const benchmark = resolve(import.meta.dirname, '../../benchmarks/fifo-memory.mjs')

// The benchmark fails by itself where a line is missing, doubled or out of order, or where memory has grown.
test.for([
  { name: 'one million lines', options: [] },
  { name: 'lines that make contexts, operations and pairs', options: ['--state', '--lines', '300000'] }
])(
  '$name in bursts: each is handled once, and memory stays where it was',
  { timeout: 180_000 },
  async ({ options }, context) => {
    if (!existsSync('/proc/self/status')) context.skip('there is no /proc/PID/status (Linux has it)')
    correlogCommand()
    const folder = mkdtempSync(join(tmpdir(), 'correlog-fifo-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const run = new RunningCommand([process.execPath, benchmark, ...options], { folder })
    onTestFinished(() => run.kill())
    const status = await run.ended()
    expect({ status, output: run.stdout + run.stderr }).toEqual({
      status: 0,
      output: expect.stringMatching(/^lines handled {3}\d+, each once and in order$/m) as string
    })
  }
)
