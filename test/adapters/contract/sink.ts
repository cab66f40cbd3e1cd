import { describe, expect, type TestContext, vi } from 'vitest'
import { AdapterError, type Sink } from '../../../plugin/adapter.ts'
import type { Alert } from '../../../plugin/alert.ts'
import { contractTest, type Skip } from './skips.ts'

/** A place that sinks write to, which outlives them. */
export interface SinkSubject {
  /** A sink of that place, writing alerts with `contractFormat`. */
  readonly create: () => Sink
  /** The lines that are there, once there are so many. */
  readonly lines: (count: number) => Promise<string[]>
  /** Nothing can be written there until `mend`. */
  readonly break: () => Promise<void> | void
  readonly mend: () => Promise<void> | void
}

export interface SinkContract {
  readonly subject: (context: TestContext) => Promise<SinkSubject> | SinkSubject
  readonly skip: readonly Skip[]
}

/** What every sink keeps. */
export function sinkContract(name: string, { subject, skip }: SinkContract): void {
  describe(`sink contract: ${name}`, () => {
    contractTest(skip, 'alerts are written in order, whole', async context => {
      const { create, lines } = await subject(context)
      const sink = opened(context, create())
      const alerts = alertsUpTo(3000)
      const written = (async () => {
        await sink.open?.(never)
        for (let start = 0; start < alerts.length; start += 1000) {
          await sink.write(alerts.slice(start, start + 1000), never)
        }
        await sink.flush()
      })()
      expect(await lines(alerts.length)).toEqual(alerts.map(contractFormat))
      await written
    })

    contractTest(skip, 'bytes are kept as they are', async context => {
      const { create, lines } = await subject(context)
      const sink = opened(context, create())
      const alert = { ...alertNumber(1), body: 'caf\xe9 \xff\x80' }
      await sink.open?.(never)
      await sink.write([alert], never)
      expect(await lines(1)).toEqual([contractFormat(alert)])
    })

    contractTest(skip, 'flush without a write, and twice, does no harm', async context => {
      const { create, lines } = await subject(context)
      const sink = opened(context, create())
      await sink.flush()
      await sink.open?.(never)
      await sink.flush()
      await sink.write([alertNumber(1)], never)
      await sink.flush()
      await sink.flush()
      expect(await lines(1)).toEqual([contractFormat(alertNumber(1))])
    })

    contractTest(skip, 'what could not be written is written when it is given again, once', async context => {
      const subjectOf = await subject(context)
      const { create, lines } = subjectOf
      const sink = opened(context, create())
      await sink.open?.(never)
      await sink.write([alertNumber(1)], never)
      await lines(1)
      await subjectOf.break()
      const error = await sink
        .write([alertNumber(2), alertNumber(3)], never)
        .catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(AdapterError)
      expect(error).toMatchObject({ retryable: true, refused: [] })
      await subjectOf.mend()
      await sink.write([alertNumber(2), alertNumber(3)], never)
      await sink.write([alertNumber(4)], never)
      expect(await lines(4)).toEqual([1, 2, 3, 4].map(number => contractFormat(alertNumber(number))))
    })

    contractTest(skip, 'another sink goes on behind what was written', async context => {
      const { create, lines } = await subject(context)
      for (const number of [1, 2]) {
        const sink = opened(context, create())
        await sink.open?.(never)
        await sink.write([alertNumber(number)], never)
        await sink.flush()
        await sink.close()
      }
      expect(await lines(2)).toEqual([1, 2].map(number => contractFormat(alertNumber(number))))
    })

    contractTest(skip, 'another sink knows what was delivered', async context => {
      const { create } = await subject(context)
      const first = opened(context, create())
      await first.open?.(never)
      expect(await first.delivered?.()).toEqual(new Set())
      await first.write(alertsUpTo(3), never)
      await first.flush()
      await first.close()
      const second = opened(context, create())
      await second.open?.(never)
      expect(await second.delivered?.()).toEqual(new Set(alertsUpTo(3).map(({ uid }) => uid)))
    })

    contractTest(skip, 'it may be closed twice, and before it was opened', async context => {
      const { create } = await subject(context)
      const sink = create()
      await sink.close()
      await sink.close()
      const other = create()
      await other.open?.(never)
      await other.close()
      await other.close()
    })
  })
}

const never = new AbortController().signal

/** What `lines` gives once there are so many. */
export async function linesOnce(count: number, lines: () => string[]): Promise<string[]> {
  await vi.waitUntil(() => lines().length >= count, { timeout: 10_000, interval: 5 })
  return lines()
}

export function opened(context: TestContext, sink: Sink): Sink {
  context.onTestFinished(() => sink.close())
  return sink
}

/** An alert as a line, as these tests write it. */
export function contractFormat({ uid, body }: Alert): string {
  return `{"timestamp":"x","body":"${body}","attributes":{"log.record.uid":"${uid}"}}`
}

export function alertsUpTo(count: number): Alert[] {
  return Array.from({ length: count }, (_none, index) => alertNumber(index + 1))
}

export function alertNumber(number: number): Alert {
  return {
    uid: String(number).padStart(26, '0'),
    eventName: 'test',
    body: `alert ${number}`,
    severityNumber: 9,
    severityText: 'INFO',
    time: 1_800_000_000,
    attributes: {},
    traceId: '',
    spanId: '',
    traceFlags: 0
  }
}
