import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Inputs, type InputSpec, type InputsOptions } from '../../../adapters/sec-inputs/inputs.ts'

const defaults: Omit<InputsOptions, 'log'> = {
  tail: true,
  fromStart: false,
  blockSize: 8192,
  reopenTimeout: 0,
  checkTimeout: 0,
  rwFifo: true,
  maxLineBytes: 1 << 24
}

/** A directory of the test's own. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'correlog-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export function makeFifo(path: string): void {
  execFileSync('mkfifo', [path])
}

/** Inputs under a clock of their own; `messages` holds `LEVEL TEXT` with the directory left out. */
export function watch(
  directory: string,
  names: readonly (string | InputSpec)[],
  given: Partial<InputsOptions> = {}
) {
  const messages: string[] = []
  const options: InputsOptions = {
    ...defaults,
    log: (level, message) => messages.push(`${level} ${message.replaceAll(`${directory}/`, '')}`),
    ...given
  }
  const specsOf = (list: readonly (string | InputSpec)[]): InputSpec[] =>
    list.map(spec => {
      const { path, ...rest } = typeof spec === 'string' ? { path: spec } : spec
      return { path: path === '-' ? path : join(directory, path), ...rest }
    })
  const inputs = new Inputs(specsOf(names), options, 0)
  onTestFinished(() => inputs.close())
  return {
    inputs,
    messages,
    /** All lines that are there now. */
    lines: (now = 0): string[] => {
      const lines: string[] = []
      for (let line = inputs.next(now); line !== undefined; line = inputs.next(now)) lines.push(line.text)
      return lines
    },
    update: (list: readonly (string | InputSpec)[], changes: Partial<InputsOptions> = {}, now = 0) =>
      inputs.update(specsOf(list), { ...options, ...changes }, now)
  }
}
