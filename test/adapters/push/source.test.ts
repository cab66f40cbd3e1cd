import { describe, expect, test } from 'vitest'
import { PushSource } from '../../../adapters/push/source.ts'
import type { Batch } from '../../../plugin/adapter.ts'
import { sourceContract } from '../contract/source.ts'

const NEVER = new AbortController().signal

function reader(source: PushSource, signal: AbortSignal = NEVER): () => Promise<Batch | undefined> {
  const batches = source.read({ position: undefined, signal, onTrouble: () => {} })[Symbol.asyncIterator]()
  return async () => {
    const { done, value } = (await batches.next()) as IteratorResult<Batch, undefined>
    return done === true ? undefined : value
  }
}

function bodies(batch: Batch | undefined): unknown[] {
  return (batch?.records ?? []).map(({ body }) => body)
}

const SKIPS = [
  { reason: 'what a program pushes is text', tests: ['bytes are kept as they are'] },
  {
    reason: 'records come decoded: there are neither lines nor a codec',
    tests: [
      'what is no record is dead, and what stands around it is read',
      'a line that is too long is dead, and the next one is read'
    ]
  },
  {
    reason: 'what is pushed is gone with its process: there are no positions',
    tests: [
      'positions are JSON',
      'another source goes on behind a position, with the same ids',
      'what was not settled is given again, with the same ids'
    ]
  }
]

sourceContract('push', {
  subject() {
    let source = new PushSource({ name: 'push' })
    return {
      create: () => (source = new PushSource({ name: 'push' })),
      feed: async lines => {
        for (const body of lines) {
          await source.ready()
          source.push({ body })
        }
      },
      end: () => source.end()
    }
  },
  skip: SKIPS
})

describe('a source that a program pushes into', () => {
  test('gives records with what the program said of them, in UTF-8, and ids of their own', async () => {
    const source = new PushSource({ name: 'café' })
    source.push({
      body: { a: 'ß' },
      attributes: { n: 1n },
      resource: { 'service.name': 'shop' },
      scope: { name: 'lib' },
      severityNumber: 9,
      severityText: 'INFO',
      timestamp: 5,
      observedTimestamp: 6,
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      traceFlags: 1,
      eventName: 'e',
      tag: 't'
    })
    source.push({ body: 'second' })
    const batch = await reader(source)()
    const [first, second] = batch?.records ?? []
    expect(first).toEqual({
      id: expect.stringMatching(/^push:caf\xc3\xa9:\d+:0$/) as string,
      body: { a: '\xc3\x9f' },
      attributes: { n: 1 },
      resource: { 'service.name': 'shop' },
      scope: { name: 'lib', version: '', attributes: {} },
      severityNumber: 9,
      severityText: 'INFO',
      timestamp: 5,
      observedTimestamp: 6,
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      traceFlags: 1,
      eventName: 'e',
      source: 'caf\xc3\xa9',
      tag: 't'
    })
    expect(second).toMatchObject({ body: 'second', severityNumber: 0, timestamp: undefined })
    expect(second?.id).toMatch(/:1$/)
  })

  test('drops and counts what is more than may wait, until there is room', async () => {
    const source = new PushSource({ name: 'push', maxWaiting: 2 })
    expect([1, 2, 3, 4].map(body => source.push({ body }))).toEqual([true, true, false, false])
    expect([source.dropped, source.lag()]).toEqual([2, { value: 2, unit: 'records' }])
    let hasRoom = false
    const room = source.ready().then(() => (hasRoom = true))
    await Promise.resolve()
    expect(hasRoom).toBe(false)
    const next = reader(source)
    const batch = await next()
    expect([bodies(batch), batch?.dropped]).toEqual([[1, 2], { 'queue-full': 2 }])
    await room
    expect(source.push({ body: 5 })).toBe(true)
    expect(await next()).toMatchObject({ dropped: {}, records: [{ body: 5 }] })
  })

  test('says when all records so far are settled, and that somebody waits for it', async () => {
    const source = new PushSource({ name: 'push' })
    const next = reader(source)
    expect(await source.settled()).toBe(true)
    source.push({ body: 1 })
    const batch = await next()
    expect(source.awaitsAck).toBe(false)
    const settled = source.settled()
    expect(source.awaitsAck).toBe(true)
    // The stage has to hear of it, though no record comes.
    expect(bodies(await next())).toEqual([])
    source.push({ body: 2 })
    await batch?.ack()
    expect(await settled).toBe(true)
    expect(source.awaitsAck).toBe(false)
  })

  test('whoever waits when the stage ends learns that it was in vain', async () => {
    const source = new PushSource({ name: 'push', maxWaiting: 1 })
    source.push({ body: 1 })
    const waiting = [source.settled(), source.ready()]
    await source.close()
    expect(await Promise.all(waiting)).toEqual([false, undefined])
    expect([source.push({ body: 2 }), await source.settled()]).toEqual([false, false])
    expect(source.dropped).toBe(2)
  })

  test('gives what it has when the stage stops, and then nothing more', async () => {
    const source = new PushSource({ name: 'push' })
    const stop = new AbortController()
    const next = reader(source, stop.signal)
    source.push({ body: 1 })
    const first = next()
    source.push({ body: 2 })
    stop.abort()
    expect(source.push({ body: 3 })).toBe(false)
    expect(bodies(await first)).toEqual([1])
    expect(bodies(await next())).toEqual([2])
    expect(await next()).toBeUndefined()
  })
})
