import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'

const lines = Array.from({ length: 200 }, (_, index) => 'x'.repeat((index * 7) % 61) + index)
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-blocksize-'))
  writeFileSync(join(folder, 'lines'), lines.join('\n'))
  writeFileSync(join(folder, 'echo.sec'), 'type=Single\nptype=RegExp\npattern=.\ndesc=x\naction=write - $0\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each([1, 7, 8192, 1 << 20])('--blocksize=%d: the lines are the same', size => {
  const args = ['sec', '--conf=echo.sec', '--input=lines', '--notail', `--blocksize=${size}`, '--log=log']
  const { stdout } = spawnSync(process.execPath, [correlogCommand(), ...args], {
    cwd: folder,
    encoding: 'latin1'
  })
  expect(stdout).toBe(`${lines.join('\n')}\n`)
})
