import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { kcatConsume } from '../helpers/kcat.ts'
import { requireKcat, requireSec } from '../helpers/requirements.ts'
import { RunningCommand } from '../helpers/running-command.ts'
import { scratchFolder } from '../helpers/scratch.ts'
import { useKafkaBroker } from '../helpers/use-kafka-broker.ts'
import { ruleSetWorkload } from '../kill/rule-sets.ts'
import { writeRecords } from '../kill/workload.ts'
import { calls, carryOut, type CommandAlert, recorders, secCallsOf } from './community-calls.ts'
import { missingRules } from './community-cases.ts'

// Rule sets with Perl code, all at once over the same lines: `correlog run` over a file and over Kafka makes alerts of what
// SEC, in virtual time, gives to programs. `npm run kill` and `npm run kill:kafka` do it with kills.

const RECORDS = 2000
const SEED = 7

const sec = requireSec()
const kcat = requireKcat()
const broker = useKafkaBroker()
let theirs: Promise<readonly string[]> | undefined

/** The rules are laid out, and what SEC calls is known. */
async function prepare(context: TestContext, folder: string): Promise<readonly string[]> {
  const secPath = sec.need(context)
  if (missingRules.length > 0) context.skip(`${missingRules.join(' and ')} missing in ../shared`)
  const { files, records } = ruleSetWorkload()
  for (const { name, text } of files) writeFileSync(join(folder, name), text, 'latin1')
  writeFileSync(join(folder, 'correlog.yaml'), 'sec:\n  cleantime: 0\n')
  const lines = [...records(RECORDS, SEED)].map(
    ({ timestamp, body }) => `@${Math.floor(timestamp / 1000)}=input ${body}\n`
  )
  theirs ??= secCallsOf(scratchFolder(context), { files, timeline: lines.join('') }, secPath)
  return theirs
}

function correlogRun(folder: string, ...args: readonly string[]): RunningCommand {
  const rules = ruleSetWorkload().files.map(({ name }) => `--rules=${name}`)
  const options = ['--config', 'correlog.yaml', ...rules, '--alerts-from=pipe,report,shellcmd']
  return new RunningCommand([process.execPath, correlogCommand(), 'run', ...options, ...args], { folder })
}

/** The calls that alerts stand for. */
async function callsOf(folder: string, alerts: readonly string[]): Promise<string[]> {
  const path = recorders(folder, 'ours')
  for (const alert of alerts) await carryOut(JSON.parse(alert) as CommandAlert, path)
  return calls(folder, 'ours')
}

test('over a file: what SEC gives to programs is in the alerts', { timeout: 180_000 }, async context => {
  const folder = scratchFolder(context)
  const expected = await prepare(context, folder)
  const { records, context: source = '' } = ruleSetWorkload()
  await writeRecords(join(folder, 'in.jsonl'), records(RECORDS, SEED))
  const from = `--from=file:in.jsonl?codec=json&context=${source}`
  const stage = correlogRun(folder, from, '--to=file:alerts.jsonl', '--time=record', '--once')
  expect({ status: await stage.ended(), stderr: stage.stderr }).toMatchObject({ status: 0 })
  const alerts = readFileSync(join(folder, 'alerts.jsonl'), 'utf8').split('\n').slice(0, -1)
  expect(await callsOf(folder, alerts)).toEqual(expected)
  expect(expected.length).toBeGreaterThan(80)
})

test('over Kafka as well', { timeout: 180_000 }, async context => {
  kcat.need(context)
  const { address } = broker(context)
  const folder = scratchFolder(context)
  const expected = await prepare(context, folder)
  const { records, context: source = '' } = ruleSetWorkload()
  await broker(context).topic('lines', 1, { 'retention.ms': '-1' })
  await broker(context).topic('alerts', 1, { 'retention.ms': '-1' })
  const producer = broker(context).kafkajs().producer()
  await producer.connect()
  const messages = [...records(RECORDS, SEED)].map(({ timestamp, body }) => {
    return { value: Buffer.from(body, 'latin1'), timestamp: String(timestamp) }
  })
  await producer.send({ topic: 'lines', messages })
  await producer.disconnect()
  const from = `--from=kafka://${address}/lines?context=${source}`
  const stage = correlogRun(folder, from, `--to=kafka://${address}/alerts`)
  try {
    let alerts: readonly string[] = []
    await expect
      .poll(async () => (alerts = (await kcatConsume(address, 'alerts')).map(each => each.payload ?? '')), {
        timeout: 60_000,
        interval: 500
      })
      .toHaveLength(expected.length)
    stage.signal('SIGTERM')
    expect({ status: await stage.ended(), stderr: stage.stderr }).toMatchObject({ status: 0 })
    expect(await kcatConsume(address, 'alerts')).toHaveLength(expected.length)
    expect(await callsOf(folder, alerts)).toEqual(expected)
  } finally {
    await stage.kill()
  }
})
