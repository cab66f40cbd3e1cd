import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { lockDirectory } from '../../../adapters/checkpoint/file/lock.ts'
import { scratchFolder } from '../../helpers/scratch.ts'

test('the lock of a process that has ended but has a parent that does not ask is taken over', async context => {
  if (!existsSync('/proc/self/stat')) context.skip('only Linux tells the state of a process')
  const folder = scratchFolder(context)
  // `sleep`, which the shell becomes, asks for no child's end; the shell itself would.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'])
  context.onTestFinished(() => void parent.kill('SIGKILL'))
  let output = ''
  parent.stdout.on('data', data => (output += String(data)))
  const fields = (): string[] => {
    const stat = readFileSync(`/proc/${output.trim()}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  }
  const wait = { timeout: 10_000, interval: 5 }
  await vi.waitUntil(() => readFileSync(`/proc/${parent.pid}/comm`, 'latin1') === 'sleep\n', wait)
  await vi.waitUntil(() => output.endsWith('\n'), wait)
  process.kill(Number(output), 'SIGKILL')
  await vi.waitUntil(() => fields()[0] === 'Z', wait)
  writeFileSync(join(folder, 'lock'), `${output.trim()} ${fields()[19]}`)
  const lock = lockDirectory(folder)
  expect(readFileSync(join(folder, 'lock'), 'latin1')).toMatch(new RegExp(`^${process.pid} `))
  lock.release()
})

test('a lock is whole from the first moment that it is there', async context => {
  const folder = scratchFolder(context)
  const lockFile = JSON.stringify(join(import.meta.dirname, '../../../dist/adapters/checkpoint/file/lock.js'))
  const child = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { lockDirectory } from ${lockFile}
     for (let round = 0; round < 3000; round++) lockDirectory(process.argv[1]).release()`,
    folder
  ])
  context.onTestFinished(() => void child.kill('SIGKILL'))
  const seen = new Set<string>()
  while (child.exitCode === null) {
    for (let look = 0; look < 1000; look++) {
      try {
        seen.add(readFileSync(join(folder, 'lock'), 'latin1').split(' ')[0] ?? '')
      } catch {
        // It is not there at this moment.
      }
    }
    await new Promise(resolve => setImmediate(resolve))
  }
  expect(child.exitCode).toBe(0)
  expect([...seen]).toEqual([String(child.pid)])
})
