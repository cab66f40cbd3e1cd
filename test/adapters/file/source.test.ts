import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { expect, type TestContext, test, vi } from 'vitest'
import { lineCodec } from '../../../adapters/codecs/line.ts'
import { FileSource, type FileSourceOptions } from '../../../adapters/file/source.ts'
import { wallClock } from '../../../adapters/wall-clock.ts'
import { AdapterError, type Batch, type Position } from '../../../plugin/adapter.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { scratchFolder } from '../../helpers/scratch.ts'
import { asKept, bodies, ids, open } from '../contract/source.ts'

interface Place {
  readonly folder: string
  readonly path: string
  readonly losses: string[]
  readonly create: (options?: Partial<FileSourceOptions>) => FileSource
}

function place(context: TestContext): Place {
  const folder = scratchFolder(context)
  const path = join(folder, 'in.log')
  const losses: string[] = []
  const create = (options: Partial<FileSourceOptions> = {}): FileSource =>
    new FileSource({
      name: 'in',
      path,
      codec: lineCodec,
      follow: true,
      startAt: 'beginning',
      maxLineBytes: 1000,
      clock: wallClock,
      onLoss: message => losses.push(message),
      ...options
    })
  return { folder, path, losses, create }
}

function lastPosition(batches: readonly Batch[]): Position {
  return asKept(batches.at(-1)?.position)
}

test('a file that is not there yet is waited for, said, and read from its beginning', async context => {
  const { path, create } = place(context)
  const clock = new ManualClock()
  const reading = open(context, create({ clock, startAt: 'end' }))
  const batches = reading.untilRecords(2)
  await clock.advance(3000)
  expect(reading.troubles).toEqual([`can't open input file ${path} (No such file or directory)`])
  writeFileSync(path, 'one\ntwo\n')
  await clock.advance(1500)
  expect(bodies(await batches)).toEqual(['one', 'two'])
  expect(reading.troubles.at(-1)).toBeUndefined()
})

test('a file that is read once must be there', async context => {
  const { path, create } = place(context)
  const error = await open(context, create({ follow: false }))
    .next()
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(AdapterError)
  expect(error).toMatchObject({
    code: 'INPUT_UNAVAILABLE',
    retryable: false,
    message: `can't open input file ${path} (No such file or directory)`
  })
})

test('a directory is no input', async context => {
  const { path, create } = place(context)
  mkdirSync(path)
  await expect(open(context, create()).next()).rejects.toMatchObject({ code: 'INPUT_TYPE' })
})

test('what a file held before is passed over where the end is asked for', async context => {
  const { path, create } = place(context)
  writeFileSync(path, 'before\n')
  const reading = open(context, create({ startAt: 'end' }))
  const batches = reading.untilRecords(1)
  await vi.waitUntil(() => reading.source.lag?.()?.value === 0)
  appendFileSync(path, 'after\n')
  expect(bodies(await batches)).toEqual(['after'])
})

test('a line without its newline waits for it; a file that is read once ends there', async context => {
  const { path, create } = place(context)
  writeFileSync(path, 'one\ntw')
  const followed = open(context, create())
  expect(bodies(await followed.untilRecords(1))).toEqual(['one'])
  expect(bodies(await open(context, create({ follow: false })).untilEnd())).toEqual(['one', 'tw'])
  appendFileSync(path, 'o\n')
  expect(bodies(await followed.untilRecords(1))).toEqual(['two'])
})

test('a file that is rotated is read to its end, then the new one; who still writes to it is read, too', async context => {
  const { path, create } = place(context)
  writeFileSync(path, 'one\n')
  const reading = open(context, create())
  await reading.untilRecords(1)
  appendFileSync(path, 'two\n')
  renameSync(path, `${path}.1`)
  writeFileSync(path, 'three\n')
  expect(bodies(await reading.untilRecords(2))).toEqual(['two', 'three'])
  appendFileSync(`${path}.1`, 'late\n')
  expect(bodies(await reading.untilRecords(1))).toEqual(['late'])
  appendFileSync(path, 'four\n')
  expect(bodies(await reading.untilRecords(1))).toEqual(['four'])
})

test('a file that is cut short is read from its beginning, with new ids', async context => {
  const { path, create } = place(context)
  writeFileSync(path, 'one\ntwo\n')
  const reading = open(context, create())
  const before = await reading.untilRecords(2)
  truncateSync(path)
  await new Promise(resolve => setTimeout(resolve, 250))
  writeFileSync(path, 'new\n')
  const after = await reading.untilRecords(1)
  expect(bodies(after)).toEqual(['new'])
  expect(ids(before)).not.toContain(ids(after)[0])
})

test('the id of a record is that of its file and its place, wherever the file is', async context => {
  const { path, create } = place(context)
  writeFileSync(path, 'one\ntwo\n')
  const first = await open(context, create()).untilRecords(2)
  copyFileSync(path, `${path}.copy`)
  appendFileSync(`${path}.copy`, 'three\n')
  const copy = await open(context, create({ path: `${path}.copy` })).untilRecords(3)
  expect(ids(copy).slice(0, 2)).toEqual(ids(first))
  expect(ids(first)[1]).toMatch(/^file:[0-9a-f]{16}:4$/)
})

test('a position is found again in a file that was rotated while nobody read', async context => {
  const { path, create, losses } = place(context)
  writeFileSync(path, 'one\ntwo\nthree\n')
  const position = asKept((await open(context, create()).untilRecords(3))[0]?.position)
  appendFileSync(path, 'four\n')
  renameSync(path, `${path}.1`)
  writeFileSync(path, 'one\nfive\nsix and more of it\n')
  const batches = await open(context, create(), position).untilRecords(4)
  expect(bodies(batches)).toEqual(['four', 'one', 'five', 'six and more of it'])
  expect(losses).toEqual([])
})

test('a position with two files goes on in both', async context => {
  const { path, create } = place(context)
  writeFileSync(path, 'one\n')
  const reading = open(context, create())
  await reading.untilRecords(1)
  renameSync(path, `${path}.1`)
  writeFileSync(path, 'two\n')
  const position = lastPosition(await reading.untilRecords(1))
  expect(position).toHaveLength(2)
  appendFileSync(`${path}.1`, 'late\n')
  appendFileSync(path, 'three\n')
  expect(bodies(await open(context, create(), position).untilRecords(2))).toEqual(['late', 'three'])
})

test('a file that is gone or was replaced is said, and its successor is read from its beginning', async context => {
  const { path, create, losses } = place(context)
  writeFileSync(path, 'one\ntwo\n')
  const position = lastPosition(await open(context, create()).untilRecords(2))
  rmSync(path)
  writeFileSync(path, 'one\nTWO\nthree\n')
  expect(bodies(await open(context, create(), position).untilRecords(3))).toEqual(['one', 'TWO', 'three'])
  expect(losses).toEqual([`file ${path} was read up to byte 8, and is gone or has changed since`])
})

test('the lag is what is not given out', async context => {
  const { path, create } = place(context)
  writeFileSync(path, 'one\ntwo\nthr')
  const reading = open(context, create())
  await reading.untilRecords(2)
  expect(reading.source.lag?.()).toEqual({ value: 3, unit: 'bytes' })
})
