import { expect, test } from 'vitest'
import { ArrivalNotes, parseNote } from '../../../plugin/stage/arrival-notes.ts'
import { MemoryCheckpoints, MemoryDisk } from '../../helpers/memory-adapters.ts'

test.each([
  { type: 'start', seconds: 1_800_000_000 },
  { type: 'tick', seconds: 1_800_000_001 },
  { type: 'records', seconds: 1_800_000_002, count: 1000, source: 'a file\nof two lines 7' }
] as const)('a note comes back as it was: $type', note => {
  const disk = new MemoryDisk()
  new ArrivalNotes(new MemoryCheckpoints(disk), () => {}).add(note)
  expect(disk.notes.map(parseNote)).toEqual([note])
})

test('what is no note is none', () => {
  expect(['', 'tick', 'tick x', 'records 1 2', 'other 5'].map(parseNote)).toEqual(Array(5).fill(undefined))
})

test('a checkpoint covers the notes up to its mark', () => {
  const notes = new ArrivalNotes(new MemoryCheckpoints(), () => {})
  notes.restore(['tick 1'])
  notes.add({ type: 'tick', seconds: 2 })
  notes.mark()
  notes.add({ type: 'tick', seconds: 3 })
  expect(notes.uncovered).toEqual(['tick 3'])
  notes.forgetCovered()
  expect(notes.size).toBe(1)
  notes.mark()
  notes.forgetCovered()
  expect(notes.size).toBe(0)
})

test('a note that cannot be kept is no error of the step', () => {
  const store = new MemoryCheckpoints()
  store.note = () => {
    throw new Error('disk full')
  }
  const losses: unknown[] = []
  const notes = new ArrivalNotes(store, error => losses.push(error))
  notes.add({ type: 'tick', seconds: 1 })
  expect(losses).toEqual([new Error('disk full')])
})
