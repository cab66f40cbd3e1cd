import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Alert,
  ConfigurationError,
  createStage,
  type EmbeddedStage,
  lineRecord,
  type Sink,
  type Source,
  type StageOptions
} from '../../compose/index.ts'

const RULE = {
  name: 'failures.sec',
  text: 'type=SingleWithThreshold\nptype=RegExp\npattern=(\\S+) failed\ndesc=$1\naction=alert error $1 fails\nwindow=3600\nthresh=2'
}

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-stage-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function linesSource(lines: readonly string[], acks: number[] = []): Source {
  return {
    name: 'lines',
    live: false,
    awaitsAck: false,
    async *read() {
      for (const [index, line] of lines.entries()) {
        await Promise.resolve()
        const records = [lineRecord(`lines/${index}`, 'lines', line, undefined)]
        yield { records, dead: [], position: index, ack: () => void acks.push(index) }
      }
    },
    close: () => Promise.resolve()
  }
}

function memorySink(alerts: Alert[]): Sink {
  return {
    name: 'memory',
    write(given) {
      alerts.push(...given)
      return Promise.resolve()
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve()
  }
}

function problemsOf(options: unknown): readonly string[] {
  try {
    createStage(options as StageOptions)
    return []
  } catch (error) {
    return error instanceof ConfigurationError ? error.problems : [String(error)]
  }
}

async function runToEnd(stage: EmbeddedStage): Promise<void> {
  await stage.start()
  expect(await stage.wait()).toEqual({ type: 'ended' })
}

describe('a stage inside a program', () => {
  test('takes records from a source and gives alerts to a sink of its own', async () => {
    const acks: number[] = []
    const alerts: Alert[] = []
    const stage = createStage({
      application: 'doors',
      rules: RULE,
      sources: { front: linesSource(['door failed', 'door failed'], acks) },
      sinks: [memorySink(alerts)]
    })
    await runToEnd(stage)
    expect(alerts).toMatchObject([
      { body: 'door fails', severityNumber: 17, attributes: { 'correlog.application': 'doors' } }
    ])
    expect(acks).toEqual([0, 1])
    expect(stage.counters).toMatchObject({ records: { lines: 2 }, alerts: 1, delivered: { memory: 1 } })
    expect(stage.health.status).toBe('ended')
  })

  test('takes URLs and options as the configuration file does, beside its own', async () => {
    const input = join(folder, 'in.jsonl')
    const output = join(folder, 'alerts é.jsonl')
    writeFileSync(input, '{"body":"gate failed"}\n{"body":"gate failed"}\n')
    const alerts: Alert[] = []
    const stage = createStage({
      rules: [RULE],
      sources: [{ type: 'file', path: input, codec: 'json', once: true }, linesSource(['door failed'])],
      sinks: { own: memorySink(alerts), file: { type: 'file', path: output } },
      state: join(folder, 'state'),
      sec: { intcontexts: true }
    })
    await runToEnd(stage)
    expect(alerts.map(({ body }) => body)).toEqual(['gate fails'])
    expect(readFileSync(output, 'utf8')).toContain('"body":"gate fails"')
  })

  test('matches rules of any text as UTF-8', async () => {
    const alerts: Alert[] = []
    const text = 'type=Single\nptype=SubStr\npattern=Tür\ndesc=Tür\naction=alert Tür offen'
    const bytes = Buffer.from('Die Tür', 'utf8').toString('latin1')
    await runToEnd(
      createStage({
        rules: { name: 'türen.sec', text },
        sources: linesSource([bytes]),
        sinks: memorySink(alerts)
      })
    )
    expect(alerts.map(({ body }) => Buffer.from(body, 'latin1').toString('utf8'))).toEqual(['Tür offen'])
  })

  test('says what should be known to the log that it is given', async () => {
    const said: string[] = []
    const stage = createStage({
      rules: {
        name: 'mails.sec',
        text: "type=Single\nptype=SubStr\npattern=x\ndesc=x\naction=pipe 'x' mail"
      },
      sources: linesSource([]),
      sinks: memorySink([]),
      log: { level: 3, log: (level, message) => void (level <= 3 && said.push(message)) }
    })
    await runToEnd(stage)
    expect(said).toEqual([
      'Rule in mails.sec at line 1: runs programs (pipe), which this stage does not allow'
    ])
  })

  test('reads rule files again, and keeps what belongs to rules that stay', async () => {
    const alerts: Alert[] = []
    const file = join(folder, 'failures.sec')
    writeFileSync(file, RULE.text)
    let isReloaded = false
    const stage: EmbeddedStage = createStage({
      rules: file,
      sources: {
        ...linesSource([]),
        async *read() {
          yield {
            records: [lineRecord('1', 'lines', 'door failed', undefined)],
            dead: [],
            position: 1,
            ack: () => {
              writeFileSync(file, `type=Suppress\nptype=SubStr\npattern=window\n\n${RULE.text}`)
              stage.reload()
              isReloaded = true
            }
          }
          while (!isReloaded) await new Promise(resolve => setTimeout(resolve, 1))
          yield {
            records: ['window failed', 'window failed', 'door failed'].map((line, index) =>
              lineRecord(`${2 + index}`, 'lines', line, undefined)
            ),
            dead: [],
            position: 2,
            ack: () => {}
          }
        }
      },
      sinks: memorySink(alerts)
    })
    await runToEnd(stage)
    expect(alerts.map(({ body }) => body)).toEqual(['door fails'])
  })

  test('stops before it was started, and twice', async () => {
    const stage = createStage({ rules: RULE, sources: linesSource([]), sinks: memorySink([]) })
    expect(await stage.stop()).toEqual({ type: 'ended' })
    expect(await stage.stop()).toEqual({ type: 'ended' })
    await expect(stage.start()).rejects.toThrow('a stage is started once')
  })
})

describe('what a stage cannot be made of', () => {
  test('is said all at once', () => {
    expect(
      problemsOf({ rules: 'a.sec', sources: ['file:a?kodec=json'], sinks: { out: { type: 'stdot' } } })
    ).toEqual([
      'createStage: unknown key "kodec" with value "json" in "sources[0]"; expected path, codec, template, context, maxLineBytes, startAt or once; did you mean "codec"?',
      expect.stringMatching(
        /^createStage: wrong value "stdot" for "sinks.out.type"; expected stdout, .*; did you mean "stdout"\?$/
      )
    ])
  })

  test('rule files that are not there', () => {
    expect(problemsOf({ rules: 'gone.sec', sources: 'stdin', sinks: 'stdout' })).toEqual([
      'createStage: rule file gone.sec: No such file or directory; expected a file that can be read'
    ])
  })

  test('a source of its own whose name is no byte string: its position would not be found again', () => {
    const source = { ...linesSource([]), name: 'журнал' }
    expect(() => createStage({ rules: RULE, sources: [source], sinks: ['stdout:'] })).toThrow(
      /wrong name "журнал" of a source; expected a byte string, one character a byte \(latin1\)/
    )
  })

  test('two sources of the same name, one of them its own', () => {
    const options = { rules: RULE, sources: { lines: 'file:a', own: linesSource([]) }, sinks: memorySink([]) }
    expect(problemsOf(options)).toEqual([
      'createStage: two sources are named "lines"; expected a name of its own for each'
    ])
  })

  test('nothing', () => {
    expect(problemsOf({})).toEqual([
      'createStage: no rules; expected "rules"',
      'createStage: no source; expected "sources"',
      'createStage: no sink; expected "sinks"'
    ])
  })

  test('parts of its own that lack something, which types do not keep out of JavaScript', () => {
    const sink = { ...memorySink([]), flush: undefined }
    const source = { ...linesSource([]), close: 'later' }
    const options = { rules: RULE, sources: source, sinks: sink }
    expect(problemsOf(options)).toEqual([
      `createStage: source "${source.name}" has no function "close"; expected "read", "close"`,
      `createStage: sink "${sink.name}" has no function "flush"; expected "write", "flush", "close"`
    ])
  })

  test('what only the command has', () => {
    const options = { rules: RULE, sources: linesSource([]), sinks: memorySink([]) }
    expect(problemsOf({ ...options, log: { level: 'info' }, telemetry: { port: 0 } })).toEqual([
      'createStage: wrong value for "log"; expected an object with a number "level" and a function "log"',
      'createStage: unknown key "telemetry"; expected none: metrics go to the meter provider of the program'
    ])
  })
})

test('a stage in a program can be a router', async () => {
  const options: StageOptions = {
    application: 'watch',
    rules: [],
    sources: { logs: { type: 'kafka', brokers: '127.0.0.1:1', topics: 'logs' } },
    sinks: [],
    route: { key: { type: 'field', field: 'attributes.host' }, withoutKey: 'drop' }
  }
  expect(await createStage(options).stop()).toEqual({ type: 'ended' })
  const wrong = { ...options, route: { key: 'field:nothing' } } satisfies StageOptions
  expect(problemsOf(wrong)).toEqual([expect.stringContaining('wrong value for "route.key"')])
  // @ts-expect-error a route without its key is none
  expect(problemsOf({ ...options, route: { operator: 'by-host' } } satisfies StageOptions)).not.toEqual([])
})
