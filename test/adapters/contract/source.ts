import { describe, expect, type TestContext } from 'vitest'
import type { Codec } from '../../../adapters/codecs/codec.ts'
import { lineCodec } from '../../../adapters/codecs/line.ts'
import type { Batch, Position, Source } from '../../../plugin/adapter.ts'
import { givenBatch } from '../../helpers/given-batch.ts'
import { contractTest, type Skip } from './skips.ts'

/** What an adapter's lines are limited to in these tests. */
export const MAX_LINE_BYTES = 10_000

/** Lines that begin with `bad` are no records; each other line is one. */
export const contractCodec: Codec = (line, context, into) => {
  const { id, source } = context
  if (!line.startsWith('bad')) lineCodec(line, context, into)
  else into.dead.push({ id, source, reason: 'a bad line', code: 'bad', value: line })
}

/** A place that sources read from, which outlives them. */
export interface SourceSubject {
  /** A source of that place, decoding with `contractCodec`, limited to `MAX_LINE_BYTES`. */
  readonly create: () => Source
  /** Puts lines there, byte strings without newlines. */
  readonly feed: (lines: readonly string[]) => Promise<void> | void
  /** Nothing comes there any more. */
  readonly end: () => Promise<void> | void
}

export interface SourceContract {
  readonly subject: (context: TestContext) => Promise<SourceSubject> | SourceSubject
  readonly skip: readonly Skip[]
}

/** What every source keeps. */
export function sourceContract(name: string, { subject, skip }: SourceContract): void {
  describe(`source contract: ${name}`, () => {
    contractTest(skip, 'records come in order, each once, at most 1,000 in a batch', async context => {
      const { create, feed } = await subject(context)
      const lines = numbered(3500)
      const reading = open(context, create())
      void feed(lines)
      const batches = await reading.untilRecords(lines.length)
      expect(bodies(batches)).toEqual(lines)
      expect(Math.max(...batches.map(({ records }) => records.length))).toBeLessThanOrEqual(1000)
      expect(new Set(ids(batches)).size).toBe(lines.length)
    })

    contractTest(skip, 'bytes are kept as they are', async context => {
      const { create, feed } = await subject(context)
      const lines = ['caf\xe9 \xff\xfe\x00 \x7f', '', '\xc3\xa9\r', ' x ']
      const reading = open(context, create())
      void feed(lines)
      expect(bodies(await reading.untilRecords(4))).toEqual(lines)
    })

    contractTest(skip, 'what comes while it waits is read', async context => {
      const { create, feed } = await subject(context)
      const reading = open(context, create())
      void feed(['one'])
      expect(bodies(await reading.untilRecords(1))).toEqual(['one'])
      void feed(['two', 'three'])
      expect(bodies(await reading.untilRecords(2))).toEqual(['two', 'three'])
    })

    contractTest(skip, 'what is not asked for waits at its place (back-pressure)', async context => {
      const { create, feed } = await subject(context)
      const lines = numbered(5000)
      const reading = open(context, create())
      const fed = feed(lines)
      const first = await reading.next()
      await new Promise(resolve => setTimeout(resolve, 50))
      const rest = await reading.untilRecords(lines.length - (first?.records.length ?? 0))
      await fed
      expect(first?.records.length).toBeLessThanOrEqual(1000)
      expect([...bodies([first as Batch]), ...bodies(rest)]).toEqual(lines)
    })

    contractTest(skip, 'what is no record is dead, and what stands around it is read', async context => {
      const { create, feed } = await subject(context)
      const reading = open(context, create())
      void feed(['one', 'bad one', 'two'])
      const batches = await reading.untilRecords(2)
      expect(bodies(batches)).toEqual(['one', 'two'])
      const dead = batches.flatMap(batch => batch.dead)
      expect(dead).toMatchObject([{ code: 'bad', value: 'bad one' }])
      expect(ids(batches)).not.toContain(dead[0]?.id)
    })

    contractTest(skip, 'a line that is too long is dead, and the next one is read', async context => {
      const { create, feed } = await subject(context)
      const reading = open(context, create())
      void feed(['x'.repeat(MAX_LINE_BYTES), 'y'.repeat(MAX_LINE_BYTES + 1), 'z'.repeat(300_000), 'next'])
      const batches = await reading.untilRecords(2)
      expect(bodies(batches).map(body => body.slice(0, 4))).toEqual(['xxxx', 'next'])
      const dead = batches.flatMap(batch => batch.dead)
      expect(dead.map(({ code }) => code)).toEqual(['too-long', 'too-long'])
      expect(dead.map(({ value }) => value.slice(0, 2))).toEqual(['yy', 'zz'])
      expect(dead.every(({ value }) => value.length <= MAX_LINE_BYTES + 65_536)).toBe(true)
      expect(new Set([...ids(batches), ...dead.map(({ id }) => id)]).size).toBe(4)
    })

    contractTest(skip, 'positions are JSON', async context => {
      const { create, feed } = await subject(context)
      const reading = open(context, create())
      void feed(['one'])
      const [batch] = await reading.untilRecords(1)
      expect(batch?.position).toBeDefined()
      expect(JSON.parse(JSON.stringify(batch?.position))).toEqual(batch?.position)
    })

    contractTest(skip, 'another source goes on behind a position, with the same ids', async context => {
      const { create, feed } = await subject(context)
      const lines = numbered(2500)
      void feed(lines)
      const all = await open(context, create()).untilRecords(lines.length)
      for (const [index, batch] of all.entries()) {
        const again = await open(context, create(), asKept(batch.position)).untilRecords(
          lines.length - bodies(all.slice(0, index + 1)).length
        )
        expect(bodies(again)).toEqual(bodies(all.slice(index + 1)))
        expect(ids(again)).toEqual(ids(all.slice(index + 1)))
      }
    })

    contractTest(skip, 'what was not settled is given again, with the same ids', async context => {
      const { create, feed } = await subject(context)
      void feed(['one', 'two'])
      const before = await open(context, create()).untilRecords(2)
      void feed(['three'])
      const after = await open(context, create()).untilRecords(3)
      expect(bodies(after)).toEqual(['one', 'two', 'three'])
      expect(ids(after).slice(0, 2)).toEqual(ids(before))
    })

    contractTest(skip, 'it ends at the end of what comes', async context => {
      const { create, feed, end } = await subject(context)
      const reading = open(context, create())
      void feed(['one', 'two'])
      const first = await reading.untilRecords(2)
      await end()
      expect(bodies([...first, ...(await reading.untilEnd())])).toEqual(['one', 'two'])
    })

    contractTest(skip, 'it ends on abort while it waits', async context => {
      const { create } = await subject(context)
      const reading = open(context, create())
      const next = reading.next()
      reading.abort()
      expect(await next).toBeUndefined()
    })

    contractTest(skip, 'it ends on abort before it is asked', async context => {
      const { create } = await subject(context)
      const reading = open(context, create())
      reading.abort()
      expect(await reading.next()).toBeUndefined()
    })

    contractTest(skip, 'it may be closed twice, and before it was read', async context => {
      const { create } = await subject(context)
      const source = create()
      await source.close()
      await source.close()
      const reading = open(context, create())
      const next = reading.next()
      reading.abort()
      await next
      await reading.source.close()
      await reading.source.close()
    })
  })
}

/** A source that is being read. */
export interface Reading {
  readonly source: Source
  readonly troubles: (string | undefined)[]
  next(): Promise<Batch | undefined>
  /** The next batches, acknowledged one after the other, until they hold so many records. */
  untilRecords(count: number): Promise<Batch[]>
  untilEnd(): Promise<Batch[]>
  abort(): void
}

/** Reads a source; it is closed when the test ends. */
export function open(context: TestContext, source: Source, position?: Position): Reading {
  const controller = new AbortController()
  context.onTestFinished(async () => {
    controller.abort()
    await source.close()
  })
  const troubles: (string | undefined)[] = []
  const batches = source
    .read({ position, signal: controller.signal, onTrouble: problem => troubles.push(problem) })
    [Symbol.asyncIterator]()
  const next = async (): Promise<Batch | undefined> => {
    const found = await batches.next()
    return found.done === true ? undefined : givenBatch(found.value)
  }
  return {
    source,
    troubles,
    next,
    untilRecords: async count => {
      const found: Batch[] = []
      for (let records = 0; records < count; ) {
        const batch = await next()
        if (batch === undefined) throw new Error(`ended after ${records} of ${count} records`)
        found.push(batch)
        records += batch.records.length
        await batch.ack()
      }
      return found
    },
    untilEnd: async () => {
      const found: Batch[] = []
      for (let batch = await next(); batch !== undefined; batch = await next()) {
        found.push(batch)
        await batch.ack()
      }
      return found
    },
    abort: () => controller.abort()
  }
}

/** A position as it comes out of a checkpoint. */
export function asKept(position: Position): Position {
  return JSON.parse(JSON.stringify(position)) as Position
}

export function bodies(batches: readonly Batch[]): string[] {
  return batches.flatMap(({ records }) => records.map(({ body }) => String(body as string)))
}

export function ids(batches: readonly Batch[]): string[] {
  return batches.flatMap(({ records }) => records.map(({ id }) => id))
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_none, index) => `line ${index + 1}`)
}
