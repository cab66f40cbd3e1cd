import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchLogRecordProcessor,
  InMemoryLogRecordExporter,
  LoggerProvider,
  type LogRecordProcessor,
  SimpleLogRecordProcessor
} from '@opentelemetry/sdk-logs'
import { describe, expect, test } from 'vitest'
import { ConfigurationError, CorrelogProcessor, type CorrelogProcessorOptions } from '../../compose/otel.ts'
import { AdapterError, type Sink } from '../../plugin/adapter.ts'
import type { StageLog } from '../../plugin/stage/options.ts'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { MemorySink } from '../helpers/memory-adapters.ts'

const RULE = `type=SingleWithThreshold
ptype=Record
pattern=record.attributes["http.status"] >= 500
desc=$+{_attr_server}
window=3600
thresh=3
action=alert error $+{_attr_server} fails`

const RULES = { name: 'servers.sec', text: RULE }

/** Matches whatever comes, its own alerts included. */
const ANYTHING = {
  name: 'any.sec',
  text: 'type=Single\nptype=RegExp\npattern=(.*)\ndesc=any\naction=alert info seen: $1'
}

interface Message {
  readonly level: number
  readonly message: string
}

function collectingLog(): { readonly log: StageLog; readonly messages: Message[] } {
  const messages: Message[] = []
  return { messages, log: { level: 6, log: (level, message) => void messages.push({ level, message }) } }
}

/** A program with a provider that has the processor, and what it exports. */
function program(options: Partial<CorrelogProcessorOptions> = {}) {
  const exporter = new InMemoryLogRecordExporter()
  const last = new SimpleLogRecordProcessor({ exporter })
  const processor = new CorrelogProcessor({ rules: RULES, next: last, log: collectingLog().log, ...options })
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    processors: [processor]
  })
  const logger = provider.getLogger('shop', '1.0')
  return {
    exporter,
    processor,
    provider,
    logger,
    fail: (server: string, times = 1) => {
      for (let count = 0; count < times; count++) {
        logger.emit({ body: 'request', attributes: { server, 'http.status': 500 } })
      }
    },
    alerts: () => exporter.getFinishedLogRecords().filter(({ eventName }) => eventName === 'correlog.alert')
  }
}

describe('a processor of OpenTelemetry that correlates', () => {
  test('emits alerts of what the program logs, with the resource of the program and the trace of the record', async () => {
    const { fail, logger, provider, processor, alerts, exporter } = program()
    const spanContext = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: 1 }
    fail('web1', 2)
    logger.emit({ body: 'request', attributes: { server: 'web1', 'http.status': 200 } })
    logger.emit({
      body: 'request',
      attributes: { server: 'web1', 'http.status': 503 },
      context: trace.setSpanContext(ROOT_CONTEXT, spanContext)
    })
    await provider.forceFlush()
    expect(exporter.getFinishedLogRecords()).toHaveLength(5)
    const [alert] = alerts()
    expect(alert).toMatchObject({
      body: 'web1 fails',
      severityNumber: 17,
      instrumentationScope: { name: 'correlog' },
      resource: { attributes: { 'service.name': 'shop' } }
    })
    expect(alert?.spanContext).toMatchObject(spanContext)
    expect(alert?.attributes).toMatchObject({
      'correlog.rule.type': 'SingleWithThreshold',
      'correlog.events.count': 3,
      'log.record.uid': expect.stringMatching(/^[0-9A-Z]{26}$/) as string
    })
    expect(processor.counters.records).toEqual({ otel: 4 })
    await provider.shutdown()
  })

  test('gives rules all that a record says', async () => {
    const pattern = [
      'record.body.order == 7',
      'record.attributes.tags[1] == "ß"',
      'record.resource["service.name"] == "shop"',
      'record.scope.name == "shop" && record.scope.version == "1.0"',
      'record.severity_number == 9 && record.severity_text == "INFO"',
      'record.event_name == "order.placed"',
      'record.trace_id == "abababababababababababababababab"'
    ].join(' && ')
    const text = `type=Single\nptype=Record\npattern=${pattern}\ndesc=all\naction=alert info all of it`
    const { logger, provider, alerts } = program({ rules: { name: 'all.sec', text } })
    logger.emit({
      body: { order: 7 },
      attributes: { tags: ['a', 'ß'] },
      severityNumber: 9,
      severityText: 'INFO',
      eventName: 'order.placed',
      context: trace.setSpanContext(ROOT_CONTEXT, {
        traceId: 'ab'.repeat(16),
        spanId: 'cd'.repeat(8),
        traceFlags: 1
      })
    })
    await provider.forceFlush()
    expect(alerts().map(({ body }) => body)).toEqual(['all of it'])
    await provider.shutdown()
  })

  test('does not correlate its own alerts', async () => {
    const { logger, provider, processor, alerts } = program({ rules: ANYTHING })
    logger.emit({ body: 'one' })
    for (let round = 0; round < 3; round++) await provider.forceFlush()
    expect(alerts().map(({ body }) => body)).toEqual(['seen: one'])
    expect(processor.counters.records).toEqual({ otel: 1 })
    await provider.shutdown()
  })

  test('without next its alerts go through a logger of the provider, and are not correlated either', async () => {
    const exporter = new InMemoryLogRecordExporter()
    const processor: CorrelogProcessor = new CorrelogProcessor({
      rules: ANYTHING,
      loggerProvider: () => provider
    })
    const provider = new LoggerProvider({
      processors: [processor, new SimpleLogRecordProcessor({ exporter })]
    })
    provider.getLogger('shop').emit({ body: 'one' })
    for (let round = 0; round < 3; round++) await provider.forceFlush()
    expect(exporter.getFinishedLogRecords().map(({ body }) => body)).toEqual(['one', 'seen: one'])
    expect(processor.counters.records).toEqual({ otel: 1 })
    await provider.shutdown()
  })

  test('counts and tells of alerts that a provider does not take any more', async () => {
    const { log, messages } = collectingLog()
    const gone = new LoggerProvider()
    const logger = gone.getLogger('correlog')
    await gone.shutdown()
    const { fail, provider, processor } = program({
      next: [],
      loggerProvider: () => ({ getLogger: () => logger }),
      log
    })
    fail('web1', 3)
    await provider.forceFlush()
    expect(processor.lost).toEqual({ dropped: 0, faults: 0, alerts: 1 })
    expect(messages).toContainEqual({ level: 2, message: 'alerts are lost: the logger does not take them' })
    await provider.shutdown()
  })

  test('shuts down in order: what was logged is correlated, then the alerts are exported', async () => {
    const exporter = new InMemoryLogRecordExporter()
    const exported: unknown[] = []
    const collecting = {
      export: (
        records: Parameters<typeof exporter.export>[0],
        done: Parameters<typeof exporter.export>[1]
      ) => {
        exported.push(...records.map(({ body }) => body))
        exporter.export(records, done)
      },
      forceFlush: () => Promise.resolve(),
      shutdown: () => exporter.shutdown()
    }
    const { fail, provider, processor } = program({
      next: new BatchLogRecordProcessor({ exporter: collecting })
    })
    fail('web1', 3)
    await provider.shutdown()
    expect(exported).toEqual(['request', 'request', 'request', 'web1 fails'])
    expect(processor.health.status).toBe('ended')
    await processor.shutdown()
    fail('web1')
    await processor.forceFlush()
  })

  test('gives alerts to other sinks, too, which flushing waits for', async () => {
    const sink = new MemorySink()
    const { fail, provider } = program({ sinks: [sink] })
    fail('web1', 3)
    await provider.forceFlush()
    expect(sink.bodies).toEqual(['web1 fails'])
    await provider.shutdown()
  })

  test('drops and counts what comes faster than it can be taken, and holds the program up in nothing', async () => {
    const { fail, provider, processor, exporter } = program({ maxWaiting: 10 })
    // All in one turn of the event loop: the stage takes none meanwhile.
    fail('web1', 1000)
    expect(processor.lost.dropped).toBeGreaterThanOrEqual(980)
    expect(exporter.getFinishedLogRecords()).toHaveLength(1000)
    await provider.forceFlush()
    fail('web2', 1)
    await provider.forceFlush()
    expect(processor.counters.dropped).toEqual({ 'queue-full': processor.lost.dropped })
    await provider.shutdown()
  })

  test('a sink that takes nothing does not hold up what is logged, nor the end for longer than is allowed', async () => {
    const down: Sink = {
      name: 'down',
      write: () => Promise.reject(new AdapterError('down', { code: 'TEST', retryable: true })),
      flush: () => Promise.resolve(),
      close: () => Promise.resolve()
    }
    const { fail, provider, alerts } = program({ sinks: [down], delivery: { shutdownTimeout: 0.2 } })
    fail('web1', 3)
    await provider.shutdown()
    expect(alerts().length).toBeLessThanOrEqual(1)
    fail('web1', 3)
  })

  test('never throws into the program, whatever it logs', async () => {
    const { logger, provider, processor } = program()
    const hostile = {
      get secret(): string {
        throw new Error('not yours')
      }
    }
    logger.emit({ body: hostile })
    logger.emit({ body: 'fine' })
    await provider.forceFlush()
    expect(processor.lost.faults).toBe(1)
    expect(processor.counters.records).toEqual({ otel: 1 })
    await provider.shutdown()
  })

  test('a processor behind it that throws does not throw into the program', async () => {
    const { log, messages } = collectingLog()
    const throwing: LogRecordProcessor = {
      onEmit: () => {
        throw new Error('mine')
      },
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve()
    }
    const { fail, provider, processor } = program({ next: throwing, log })
    fail('web1', 2)
    await provider.forceFlush()
    expect([processor.lost.faults, processor.counters.records]).toEqual([2, { otel: 2 }])
    expect(messages).toContainEqual({ level: 2, message: 'a processor behind correlog has thrown' })
    await provider.shutdown()
  })

  test('emits alerts to loggers that can not say whether they are enabled', async () => {
    const bodies: unknown[] = []
    const logger = { emit: ({ body }: { readonly body?: unknown }) => void bodies.push(body) }
    const { fail, provider } = program({ next: [], loggerProvider: () => ({ getLogger: () => logger }) })
    fail('web1', 3)
    await provider.forceFlush()
    expect(bodies).toEqual(['web1 fails'])
    await provider.shutdown()
  })

  test('a stage that can not start is said once, and the program goes on', async () => {
    const { log, messages } = collectingLog()
    const broken: Sink = {
      name: 'broken',
      open: () => Promise.reject(new AdapterError('no such place', { code: 'TEST', retryable: false })),
      write: () => Promise.resolve(),
      flush: () => Promise.resolve(),
      close: () => Promise.resolve()
    }
    const { fail, provider, processor, exporter } = program({ sinks: [broken], log })
    fail('web1', 3)
    await provider.forceFlush()
    expect(exporter.getFinishedLogRecords()).toHaveLength(3)
    expect(processor.health.status).toBe('failed')
    expect(messages.filter(({ level }) => level === 1)).toHaveLength(1)
    await provider.shutdown()
  })

  test('says all that is wrong with its configuration when it is made', () => {
    const make = (): unknown => new CorrelogProcessor({ rules: [], effects: { programs: 'some' } as never })
    expect(make).toThrow(ConfigurationError)
  })
})

test('a program that ends without a shutdown is not held up', () => {
  const processor = JSON.stringify(pathToFileURL(join(dirname(correlogCommand()), '../compose/otel.js')).href)
  const program = `
    import { LoggerProvider } from '@opentelemetry/sdk-logs'
    const { CorrelogProcessor } = await import(${processor})
    const rules = ${JSON.stringify(RULES)}
    const provider = new LoggerProvider({ processors: [new CorrelogProcessor({ rules, next: [] })] })
    provider.getLogger('shop').emit({ body: 'request' })
    await provider.forceFlush()
    console.log('end')`
  const args = ['--input-type=module', '--eval', program]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 })
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'end\n', stderr: '' })
})
