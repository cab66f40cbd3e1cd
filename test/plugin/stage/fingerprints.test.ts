import { expect, test } from 'vitest'
import { Fingerprints, KEPT_FINGERPRINTS } from '../../../plugin/stage/fingerprints.ts'

/** What a checkpoint holds after all changes. */
function kept(fingerprints: Fingerprints, entries: Map<string, string> = new Map()): Map<string, string> {
  const { set, deleted } = fingerprints.changes()
  for (const key of deleted) entries.delete(key)
  for (const [key, value] of set) entries.set(key, value)
  return entries
}

test('they outlive the process', () => {
  const first = new Fingerprints()
  first.add('a', 100)
  const second = new Fingerprints()
  second.restore(kept(first))
  expect([second.has('a'), second.has('b')]).toEqual([true, false])
  expect(second.changes()).toEqual({ set: new Map(), deleted: [] })
})

test('they are bounded by age', () => {
  const fingerprints = new Fingerprints()
  fingerprints.add('a', 100)
  const entries = kept(fingerprints)
  fingerprints.add('b', 100 + KEPT_FINGERPRINTS.seconds)
  expect(fingerprints.has('a')).toBe(true)
  fingerprints.add('c', 101 + KEPT_FINGERPRINTS.seconds)
  expect(fingerprints.has('a')).toBe(false)
  expect([...kept(fingerprints, entries).keys()]).toEqual(['fingerprint/b', 'fingerprint/c'])
})

test('they are bounded by number, the oldest go, also over a restart', () => {
  const first = new Fingerprints()
  for (let index = 0; index < KEPT_FINGERPRINTS.most; index++)
    first.add(`f${index}`, 100 + (index % 7 === 0 ? 0 : 1))
  const entries = kept(first)
  const second = new Fingerprints()
  second.restore(entries)
  second.add('new', 102)
  kept(second, entries)
  expect(entries.size).toBe(KEPT_FINGERPRINTS.most)
  expect([entries.has('fingerprint/f0'), entries.has('fingerprint/new')]).toEqual([false, true])
})
