import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { scratch, watch } from './watched.ts'

/**
 * Writes numbered lines and puts a new file in place 30 times, writing to the old one before, during and after that.
 * It goes on only when each new file was found: of two at once the first can't be known.
 */
const writer = `
const { openSync, writeSync, renameSync, closeSync, statSync } = require('node:fs')
const [, file] = process.argv
const pause = ms => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
let number = 0
const write = (fd, count) => { for (let i = 0; i < count; i++) writeSync(fd, 'line ' + number++ + '\\n') }
let fd = openSync(file, 'a')
for (let rotation = 0; rotation < 30; rotation++) {
  write(fd, 200)
  renameSync(file, file + '.' + rotation)
  write(fd, 100)
  const next = openSync(file, 'a')
  write(fd, 50)
  while (statSync(file + '.found').size <= rotation) pause(1)
  write(fd, 50)
  closeSync(fd)
  fd = next
}
writeSync(fd, 'end\\n')
`

test('a file that another process rotates under load loses nothing', async () => {
  const directory = scratch()
  const file = join(directory, 'f')
  writeFileSync(file, '')
  writeFileSync(`${file}.found`, '')
  const { inputs, messages } = watch(directory, ['f'])
  let found = 0
  const process_ = spawn(process.execPath, ['-e', writer, file])
  onTestFinished(() => void process_.kill())
  const exit = once(process_, 'exit')
  const seen: string[] = []
  // The old file's last lines may come after the new one's first.
  let rounds = 0
  while (rounds < 3) {
    const line = inputs.next(0)
    if (line !== undefined) seen.push(line.text)
    else {
      const rotations = messages.filter(message => message.includes('recreated')).length
      for (; found < rotations; found++) appendFileSync(`${file}.found`, '.')
      if (seen.includes('end')) rounds++
      await inputs.waitForInput(5)
    }
  }
  expect(await exit).toEqual([0, null])
  const numbers = seen.filter(line => line !== 'end').map(line => Number(line.slice(5)))
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 * 400 }, (_, number) => number))
})
