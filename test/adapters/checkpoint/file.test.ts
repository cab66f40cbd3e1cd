import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { encodeFrame, FILE_HEADER } from '../../../adapters/checkpoint/file/frames.ts'
import { fileCheckpointStore } from '../../../adapters/checkpoint/file/store.ts'
import type { CheckpointStore } from '../../../plugin/adapter.ts'
import { mountSmallDisk } from '../../helpers/machine-limits.ts'

let parent: string
let directory: string
let reports: string[]
const open: CheckpointStore[] = []

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'correlog-checkpoint-'))
  directory = join(parent, 'state')
  reports = []
})

afterEach(async () => {
  for (const store of open.splice(0)) await store.close()
  rmSync(parent, { recursive: true, force: true })
})

function create(path = directory, compactBytes?: number, lockTimeoutMs?: number): CheckpointStore {
  const store = fileCheckpointStore({
    directory: path,
    report: message => reports.push(message),
    lockTimeoutMs,
    ...(compactBytes !== undefined && { compactBytes })
  })
  open.push(store)
  return store
}

function changes(set: Record<string, string>, deleted: string[] = []) {
  return { set: new Map(Object.entries(set)), deleted }
}

async function contents(store: CheckpointStore): Promise<Record<string, string>> {
  return Object.fromEntries((await store.load())?.entries ?? [])
}

describe('a checkpoint in a folder', () => {
  test('has a name of any bytes, and so are the messages about it', async () => {
    const path = join(parent, 'caf\xe9', 'm\xc3\xbcll')
    const small = create(path, 1)
    await small.load()
    await small.save(changes({ a: '1' }), [])
    small.note('n')
    await small.save(changes({ a: '2' }), [])
    await small.close()
    expect(readdirSync(Buffer.from(path, 'latin1')).sort()).toContain('snapshot-1')
    writeFileSync(Buffer.from(join(path, 'snapshot-9'), 'latin1'), 'x')
    expect(await contents(create(path))).toEqual({ a: '2' })
    expect(reports).toEqual([
      `${join(path, 'snapshot-9')} is cut off at byte 0: the snapshot before it is used`
    ])
  })

  test('is what was set and not deleted, after the folder was closed and opened', async () => {
    const store = create()
    expect(await store.load()).toBeUndefined()
    await store.save(changes({ a: '1', b: '2', 'c\n\0\xff': '\xe4\n' }), [])
    await store.save(changes({ a: '3' }, ['b']), [])
    await store.close()
    expect(await contents(create())).toEqual({ a: '3', 'c\n\0\xff': '\xe4\n' })
    expect(reports).toEqual([])
  })

  test('is opened by one process at a time', async () => {
    await create().load()
    await expect(create().load()).rejects.toMatchObject({
      code: 'STATE_IN_USE',
      retryable: false,
      message: `${directory} is in use by process ${process.pid}; expected a folder of state for each stage`
    })
  })

  test('waits for who has it, a while, and says so once', async () => {
    const first = create()
    await first.load()
    await first.save(changes({ a: '1' }), [])
    const second = create(directory, undefined, 60_000)
    const loaded = second.load()
    await vi.waitUntil(() => reports.length > 0, { timeout: 10_000, interval: 5 })
    await first.close()
    expect((await loaded)?.entries).toEqual(new Map([['a', '1']]))
    expect(reports.splice(0)).toEqual([
      `${directory} is in use by process ${process.pid}; expected a folder of state for each stage; it is waited for, 60 s at most`
    ])
    await expect(create(directory, undefined, 150).load()).rejects.toMatchObject({ code: 'STATE_IN_USE' })
    await second.close()
  })

  test('takes over the lock of a process that has died', async () => {
    const dead = spawn(process.execPath, ['-e', ''])
    await once(dead, 'exit')
    const first = create()
    await first.load()
    await first.save(changes({ a: '1' }), [])
    await first.close()
    writeFileSync(join(directory, 'lock'), String(dead.pid))
    expect(await contents(create())).toEqual({ a: '1' })
  })

  test('can be loaded again after it could not be', async () => {
    writeFileSync(directory, 'no folder')
    const store = create()
    await expect(store.load()).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE', retryable: true })
    rmSync(directory)
    expect(await store.load()).toBeUndefined()
  })

  test('says so where no folder can be made', async context => {
    if (!existsSync('/proc/self')) context.skip('only Linux has /proc')
    await expect(create('/proc/correlog/state').load()).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' })
  })

  test('refuses a folder of something else', async () => {
    const store = create()
    await store.load()
    await store.close()
    writeFileSync(join(directory, 'snapshot-3'), 'a letter to my mother')
    rmSync(join(directory, 'journal-0'))
    await expect(create().load()).rejects.toMatchObject({ code: 'STATE_DAMAGED', retryable: false })
  })
})

describe('notes', () => {
  test('are there until a checkpoint covers them, those that it names stay, and later ones too', async () => {
    const store = create()
    await store.load()
    store.note('one')
    store.note('two')
    const saved = store.save(changes({ a: '1' }), ['two'])
    store.note('three \xe4')
    await saved
    await store.close()
    expect((await create().load())?.notes).toEqual(['two', 'three \xe4'])
  })

  test('are there without any checkpoint', async () => {
    const store = create()
    await store.load()
    store.note('one')
    await store.close()
    const again = create()
    expect(await again.load()).toMatchObject({ notes: ['one'] })
    again.note('two')
    await again.close()
    expect((await create().load())?.notes).toEqual(['one', 'two'])
  })

  test('outlive a merge of the journal', async () => {
    const store = create(directory, 1000)
    await store.load()
    store.note('kept')
    await store.save(changes({ a: 'x'.repeat(5000) }), ['kept'])
    await store.close()
    expect(readdirSync(directory)).toContain('snapshot-1')
    expect(await create().load()).toMatchObject({ notes: ['kept'] })
  })

  test('do not pile up in the file', async () => {
    const store = create()
    await store.load()
    for (let round = 0; round < 50; round++) {
      for (let count = 0; count < 100; count++) store.note('x'.repeat(100))
      await store.save(changes({ round: String(round) }), [])
    }
    expect(statSync(join(directory, 'notes')).size).toBeLessThan(100_000)
  })

  test('do not pile up in the file where some come during each checkpoint, and the latest stay', async () => {
    const store = create()
    await store.load()
    for (let round = 0; round < 50; round++) {
      for (let count = 0; count < 100; count++) store.note('x'.repeat(100))
      const saved = store.save(changes({ round: String(round) }), [])
      store.note(`after ${round}`)
      await saved
    }
    expect(statSync(join(directory, 'notes')).size).toBeLessThan(100_000)
    store.note('last')
    await store.close()
    expect((await create().load())?.notes).toEqual(['after 49', 'last'])
  })

  test('are of no use where those before them are missing', async () => {
    const store = create()
    await store.load()
    await store.close()
    writeFileSync(join(directory, 'notes'), Buffer.concat([FILE_HEADER, encodeFrame('N', [5, 'five'])]))
    const again = create()
    expect(await again.load()).toBeUndefined()
    again.note('one')
    await again.close()
    expect((await create().load())?.notes).toEqual(['one'])
  })

  test('a half-written one is as if it were not', async () => {
    const store = create()
    await store.load()
    store.note('one')
    store.note('two')
    await store.close()
    truncateSync(join(directory, 'notes'), statSync(join(directory, 'notes')).size - 1)
    const again = create()
    expect(await again.load()).toMatchObject({ notes: ['one'] })
    again.note('three')
    await again.close()
    expect(await create().load()).toMatchObject({ notes: ['one', 'three'] })
  })
})

describe('a long journal', () => {
  test('is merged into a snapshot, and the folder stays as small as what lives', async () => {
    const store = create(directory, 20_000)
    await store.load()
    for (let round = 0; round < 200; round++) {
      await store.save(
        changes({ [`key ${round % 10}`]: `${round}`.repeat(500) }, [`key ${(round + 5) % 10}`]),
        []
      )
    }
    await store.close()
    const size = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
    expect(size).toBeLessThan(80_000)
    expect(Object.keys(await contents(create(directory, 20_000))).sort()).toEqual(
      ['key 5', 'key 6', 'key 7', 'key 8', 'key 9'].sort()
    )
    expect(reports).toEqual([])
  })

  test('goes on where the next one can not be begun', async context => {
    if (!existsSync('/dev/full')) context.skip('the system has no /dev/full')
    const store = create(directory, 1000)
    await store.load()
    symlinkSync('/dev/full', join(directory, 'journal-1'))
    await store.save(changes({ a: 'x'.repeat(2000) }), [])
    expect(reports).toEqual([expect.stringContaining("can't begin a new journal")])
    await store.save(changes({ b: '1' }), [])
    rmSync(join(directory, 'journal-1'))
    await store.save(changes({ c: '1' }), [])
    await store.close()
    expect(await contents(create())).toEqual({ a: 'x'.repeat(2000), b: '1', c: '1' })
  })

  test('leaves nothing behind where no snapshot can be written', async () => {
    const store = create(directory, 1000)
    await store.load()
    mkdirSync(join(directory, 'snapshot-1'))
    await store.save(changes({ a: 'x'.repeat(2000) }), [])
    await store.close()
    expect(reports).toEqual([expect.stringContaining("can't write a snapshot")])
    expect(readdirSync(directory).filter(name => name.endsWith('.partial'))).toEqual([])
  })

  test('loses nothing when the process dies at any moment of a merge', async () => {
    const store = create(directory, 500)
    await store.load()
    const copies: string[] = []
    const expected: Record<string, string>[] = []
    const now: Record<string, string> = {}
    for (let round = 0; round < 40; round++) {
      const key = `k${round % 7}`
      now[key] = String(round).repeat(50)
      await store.save(changes({ [key]: now[key] }), [])
      // The merge is somewhere in its course.
      const copy = join(parent, `copy-${round}`)
      copyFolder(directory, copy)
      rmSync(join(copy, 'lock'))
      copies.push(copy)
      expected.push({ ...now })
    }
    for (const [index, copy] of copies.entries())
      expect(await contents(create(copy))).toEqual(expected[index])
  })
})

/** As it is at one moment: when a merge removes a file that is about to be copied, it is copied anew. */
function copyFolder(from: string, to: string): void {
  for (;;) {
    try {
      cpSync(from, to, { recursive: true })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      rmSync(to, { recursive: true, force: true })
    }
  }
}

/** A folder of a few checkpoints, and the state after each of them. */
async function history(
  path: string,
  rounds: number,
  compactBytes?: number
): Promise<Record<string, string>[]> {
  const store = create(path, compactBytes)
  await store.load()
  const states: Record<string, string>[] = [{}]
  for (let round = 1; round <= rounds; round++) {
    const state = { ...states.at(-1), [`k${round % 3}`]: `value ${round}`, last: String(round) }
    await store.save(changes(state), [])
    states.push(state)
  }
  await store.close()
  return states
}

describe('a damaged folder', () => {
  test('a journal cut off at any byte gives the last checkpoint that is whole before it', async () => {
    const states = await history(directory, 4)
    const { size } = statSync(join(directory, 'journal-0'))
    let before = -1
    for (let length = 0; length <= size; length++) {
      const copy = join(parent, `cut-${length}`)
      cpSync(directory, copy, { recursive: true })
      truncateSync(join(copy, 'journal-0'), length)
      const store = create(copy)
      const found = Object.fromEntries((await store.load())?.entries ?? [])
      const round = Number(found.last ?? 0)
      expect(found).toEqual(states[round])
      expect(round).toBeGreaterThanOrEqual(before)
      before = round
      await store.close()
      rmSync(copy, { recursive: true })
    }
    expect(before).toBe(4)
  })

  test('any byte changed anywhere gives one of the checkpoints, or is refused, never a mixture', async () => {
    const states = await history(directory, 30, 400)
    const names = readdirSync(directory).filter(name => name !== 'notes')
    expect(names.some(name => name.startsWith('snapshot'))).toBe(true)
    let runs = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (name, at, flip) => {
          const copy = join(parent, `flip-${runs++}`)
          cpSync(directory, copy, { recursive: true })
          const bytes = readFileSync(join(copy, name))
          const place = at % bytes.length
          bytes[place] = (bytes[place] as number) ^ flip
          writeFileSync(join(copy, name), bytes)
          const store = create(copy)
          try {
            const found = Object.fromEntries((await store.load())?.entries ?? [])
            expect(found).toEqual(states[Number(found.last ?? 0)])
          } catch (error) {
            expect(error).toMatchObject({ code: 'STATE_DAMAGED' })
          }
          await store.close()
          rmSync(copy, { recursive: true })
        }
      ),
      { numRuns: 150, seed: 1 }
    )
  })

  test('says which file is damaged and where, and goes on behind the last checkpoint', async () => {
    await history(directory, 3)
    const path = join(directory, 'journal-0')
    const bytes = readFileSync(path)
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1
    writeFileSync(path, bytes)
    const store = create()
    expect(await contents(store)).toMatchObject({ last: '2' })
    expect(reports).toEqual([
      expect.stringMatching(/journal-0 is damaged at byte \d+: the checkpoint that ends at byte \d+ is used$/)
    ])
    await store.save(changes({ last: 'new' }), [])
    await store.close()
    expect(await contents(create())).toMatchObject({ last: 'new' })
  })
})

test.each([
  [
    'a byte of its first checkpoint changed',
    (bytes: Buffer) => bytes.fill(0xff, FILE_HEADER.length, FILE_HEADER.length + 4),
    /journal-0 is damaged at byte 25: nothing is remembered, all begins anew$/
  ],
  ['another format', (bytes: Buffer) => bytes.fill('x', 0, 4), /damaged at byte 0: nothing is remembered/],
  [
    'its first checkpoint cut off',
    (bytes: Buffer) => bytes.subarray(0, FILE_HEADER.length + 20),
    /journal-0 ends before its first checkpoint: nothing is remembered, all begins anew$/
  ]
])('a journal with %s says that all begins anew', async (_what, damage, expected) => {
  await history(directory, 3)
  const path = join(directory, 'journal-0')
  writeFileSync(path, damage(readFileSync(path)))
  const store = create()
  expect(await store.load()).toBeUndefined()
  expect(reports).toEqual([expect.stringMatching(expected)])
})

test('a journal that was begun and holds nothing yet is no damage', async () => {
  const store = create()
  await store.load()
  await store.close()
  expect(await create().load()).toBeUndefined()
  expect(reports).toEqual([])
})

test('what a failed attempt has left behind the last checkpoint is cut off', async () => {
  const states = await history(directory, 3)
  const path = join(directory, 'journal-0')
  const bytes = readFileSync(path)
  writeFileSync(path, Buffer.concat([bytes, bytes.subarray(FILE_HEADER.length)]))
  const store = create()
  expect(await contents(store)).toEqual(states[3])
  await store.save(changes({ last: 'new' }), [])
  await store.close()
  expect(await contents(create())).toEqual({ ...states[3], last: 'new' })
})

test('on a full disk a checkpoint can be tried again, and the one before it is whole', async context => {
  const disk = join(parent, 'disk')
  mountSmallDisk(context, disk)
  try {
    const store = create(join(disk, 'state'))
    await store.load()
    await store.save(changes({ a: '1' }), [])
    writeFileSync(join(disk, 'ballast'), 'x'.repeat(40_000))
    const large = changes({ a: '2', b: 'y'.repeat(30_000) })
    await expect(store.save(large, [])).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('No space left on device') as string
    })
    expect(() => {
      for (;;) store.note('z'.repeat(1000))
    }).toThrow(/No space left on device/)
    cpSync(join(disk, 'state'), join(parent, 'copy'), { recursive: true })
    rmSync(join(parent, 'copy', 'lock'))
    expect(await contents(create(join(parent, 'copy')))).toEqual({ a: '1' })
    rmSync(join(disk, 'ballast'))
    await store.save(large, [])
    await store.close()
    expect(await contents(create(join(disk, 'state')))).toEqual({ a: '2', b: 'y'.repeat(30_000) })
    await open.pop()?.close()
  } finally {
    spawnSync('umount', [disk])
  }
})

test('a checkpoint of many entries does not hold up the event loop', async () => {
  const store = create(directory, 1 << 20)
  await store.load()
  const set = new Map(Array.from({ length: 20_000 }, (_, index) => [`op/${index}`, 'x'.repeat(200)]))
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  await store.save({ set, deleted: [] }, [])
  await store.close()
  clearInterval(timer)
  expect(turns).toBeGreaterThan(5)
  expect((await create().load())?.entries.size).toBe(20_000)
})
