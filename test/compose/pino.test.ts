import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test, type TestContext } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { scratchFolder } from '../helpers/scratch.ts'

const pinoPath = createRequire(import.meta.url).resolve('pino')

interface Ran {
  readonly folder: string
  readonly code: number | null
  readonly stderr: string
}

/** Runs a program that logs to the transport, in a folder of its own: `logger` is what it has. */
async function run(
  context: TestContext,
  body: string,
  {
    options,
    pinoOptions = {},
    files = {}
  }: { readonly options: object; readonly pinoOptions?: object; readonly files?: Record<string, string> }
): Promise<Ran> {
  const folder = scratchFolder(context)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const target = join(dirname(correlogCommand()), '../compose/pino.js')
  const program = `
    import pino from ${JSON.stringify(pinoPath)}
    const transport = pino.transport(${JSON.stringify({ target, options })})
    const logger = pino(${JSON.stringify(pinoOptions)}, transport)
    ${body}`
  writeFileSync(join(folder, 'program.mjs'), program)
  const child = spawn(process.execPath, ['program.mjs'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  context.onTestFinished(() => void child.kill('SIGKILL'))
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { folder, code, stderr }
}

function alertsOf({
  folder
}: Ran): { readonly body: string; readonly attributes: Record<string, unknown> }[] {
  const lines = readFileSync(join(folder, 'alerts.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map(line => JSON.parse(line) as ReturnType<typeof alertsOf>[number])
}

function threshold(count: number): { readonly name: string; readonly text: string } {
  const text = `type=SingleWithThreshold\nptype=RegExp\npattern=order (\\w+) failed\ndesc=$1\naction=alert error order $1 fails\nwindow=3600\nthresh=${count}`
  return { name: 'orders.sec', text }
}

test('every line that a program logs is a record, also when it logs faster than they are taken and then ends', async context => {
  const lines = 30_000
  const ran = await run(context, `for (let n = 0; n < ${lines}; n++) logger.warn('order é failed')`, {
    options: {
      rules: { ...threshold(lines), text: threshold(lines).text.replace('\\w', '\\S') },
      sinks: 'file:alerts.jsonl'
    }
  })
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  const alerts = alertsOf(ran)
  expect(alerts.map(({ body }) => body)).toEqual(['order é fails'])
  expect(alerts[0]?.attributes['correlog.events.count']).toBe(lines)
})

test('rules see severity by the levels of the program, its message key and its attributes', async context => {
  const pattern =
    'record.severity_text == "audit" && record.severity_number == 9 && record.body == "hello" && record.attributes.user == "alice" && record.attributes.err.type == "TypeError"'
  const text = `type=Single\nptype=Record\npattern=${pattern}\ndesc=all\naction=alert info all of it`
  const ran = await run(context, `logger.audit({ user: 'alice', err: new TypeError('no') }, 'hello')`, {
    options: { rules: { name: 'audit.sec', text }, sinks: 'file:alerts.jsonl' },
    pinoOptions: { customLevels: { audit: 35 }, messageKey: 'text' }
  })
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  expect(alertsOf(ran).map(({ body }) => body)).toEqual(['all of it'])
})

test('a configuration file says where rules are and alerts go, and options go before it', async context => {
  const files = {
    'correlog.yaml': 'application: from-file\nrules: orders.sec\nsinks:\n  alerts: file:alerts.jsonl\n',
    'orders.sec': threshold(2).text
  }
  const ran = await run(context, `logger.warn('order a failed'); logger.warn('order a failed')`, {
    options: { config: 'correlog.yaml', application: 'shop' },
    files
  })
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  expect(alertsOf(ran)[0]?.attributes).toMatchObject({
    'correlog.application': 'shop',
    'correlog.task': 'pino'
  })
})

const wrong = [
  {
    what: 'a file with sources',
    options: { config: 'correlog.yaml' },
    message: 'correlog.yaml:3: unknown key "sources"; expected none: what pino logs is the source'
  },
  {
    what: 'a file that is missing',
    options: { config: 'other.yaml' },
    message: 'other.yaml: No such file or directory; expected a configuration file'
  },
  {
    what: 'a wrong option',
    options: { sinks: 'stdout:', rules: 'orders.sec', effects: { programs: 7 } },
    message: 'correlog/pino: '
  }
]

for (const { what, options, message } of wrong) {
  test(`says what is wrong with ${what}`, async context => {
    const files = {
      'correlog.yaml': "rules: orders.sec\nsinks: 'stdout:'\nsources: 'stdin:'\n",
      'orders.sec': threshold(2).text
    }
    const { code, stderr } = await run(context, 'logger.info(1)', { options, files })
    expect(code).not.toBe(0)
    expect(stderr).toContain(message)
  })
}
