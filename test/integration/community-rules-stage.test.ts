import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Alert } from '../../plugin/alert.ts'
import { rulesThatRunPrograms } from '../../plugin/alerts/programs.ts'
import type { NotificationKind } from '../../plugin/alerts/settings.ts'
import { Correlator } from '../../plugin/correlator.ts'
import type { Effect } from '../../plugin/host.ts'
import { replay } from '../../plugin/replay/replay.ts'
import { parseTimeline } from '../../plugin/replay/timeline.ts'
import { parseRuleFile } from '../../plugin/rules/parser.ts'
import { UTC } from '../../plugin/time/time-zone.ts'
import { requireRuleSets, requireSec } from '../helpers/requirements.ts'
import { SecRunner } from '../parity/sec/run.ts'
import { FIRST_RULES, PROGRAMS, type RuleSetCase, ruleSetCases, rulesOf } from './community-cases.ts'

// The same rule files as a stage whose notifications are alerts, beside SEC in virtual time: SEC runs programs of ours
// that record how they were called; the stage runs none, and an alert holds all that its program would have got.

const sec = requireSec()
const ruleSets = requireRuleSets()

const KINDS: ReadonlySet<NotificationKind> = new Set(['pipe', 'report', 'shellcmd'])

const START = 1_795_521_600
/** Later than the end of every window. */
const END = START + 1000

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-community-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Makes the programs that record their calls in a folder, and gives the PATH that finds them. */
function recorders(name: string): string {
  const bin = join(folder, `${name}-bin`)
  const records = join(folder, name)
  mkdirSync(bin)
  mkdirSync(records)
  writeFileSync(
    join(bin, 'recorder'),
    `#!/bin/sh
call=$(mktemp "${records}/.XXXXXXXX")
{ echo "\${0##*/}"; for argument; do echo "argument <$argument>"; done; sed 's/^/input /'; } > "$call"
mv "$call" "${records}/$(basename "$call" | tail -c 9)"
`
  )
  chmodSync(join(bin, 'recorder'), 0o755)
  for (const program of PROGRAMS) symlinkSync('recorder', join(bin, program))
  return `${bin}:${process.env['PATH'] ?? ''}`
}

function calls(name: string): string[] {
  return readdirSync(join(folder, name))
    .filter(file => /^\w{8}$/.test(file))
    .map(file => readFileSync(join(folder, name, file), 'latin1'))
    .sort()
}

function timelineOf({ groups }: RuleSetCase): string {
  const lines = groups.flatMap((group, index) => [`@${START + index} ${group[0]}`, ...group.slice(1)])
  return `${lines.join('\n')}\n@${END}\n`
}

async function secCalls(each: RuleSetCase, rules: string, path: string): Promise<string[]> {
  const before = process.env['PATH']
  process.env['PATH'] = recorders('theirs')
  const runner = new SecRunner(path)
  try {
    const files = [
      { name: 'first.sec', text: FIRST_RULES },
      { name: 'rules.sec', text: rules }
    ]
    await runner.run({ files, timeline: timelineOf(each), options: {} }, 1)
  } finally {
    process.env['PATH'] = before
    await runner.stop()
  }
  const deadline = performance.now() + 20_000
  while (calls('theirs').length < each.calls && performance.now() < deadline) {
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return calls('theirs')
}

async function stageEffects(each: RuleSetCase, rules: string): Promise<Effect[]> {
  const effects: Effect[] = []
  const timeline = parseTimeline('timeline', timelineOf(each))
  const correlator = new Correlator({
    files: [parseRuleFile('first.sec', FIRST_RULES), parseRuleFile('rules.sec', rules)],
    settings: {
      bufferSize: 0,
      eventStoreSize: 0,
      cleanTime: 0,
      internalContexts: false,
      quoting: false,
      stage: { application: 'test', task: '-', programs: false, alertsFrom: () => KINDS }
    },
    host: { logLevel: 1, log: () => {}, effect: effect => void effects.push(effect) },
    timeZone: UTC,
    now: timeline.start
  })
  await replay({ timeline, correlator, internalEvents: false, contexts: new Map(), settle: () => undefined })
  return effects
}

/** Does what an alert's action would have done: runs its command, its text being the input where that is not the command. */
async function carryOut({ body, attributes }: Alert, path: string): Promise<void> {
  const child = spawn('/bin/sh', ['-c', String(attributes['correlog.command'])], {
    env: { PATH: path },
    stdio: ['pipe', 'inherit', 'inherit']
  })
  child.stdin.on('error', () => {})
  child.stdin.end(attributes['correlog.action'] === 'shellcmd' ? '' : `${body}\n`, 'latin1')
  await once(child, 'close')
}

test.for(ruleSetCases)(
  '$file as a stage: no program runs, and the alerts hold what SEC gives to programs',
  { timeout: 90_000 },
  async (each, context) => {
    const secPath = sec.need(context)
    const rules = rulesOf(each, ruleSets.need(context))
    const effects = await stageEffects(each, rules)
    const alerts = effects.flatMap(effect => (effect.type === 'alert' ? [effect.alert] : []))
    expect(effects.filter(({ type }) => type !== 'alert')).toEqual([])
    expect(rulesThatRunPrograms([parseRuleFile('rules.sec', rules)], { alertsFrom: () => KINDS })).toEqual([])
    expect(new Set(alerts.map(({ uid }) => uid)).size).toBe(alerts.length)

    const theirs = await secCalls(each, rules, secPath)
    const path = recorders('ours')
    for (const alert of alerts) await carryOut(alert, path)
    expect(calls('ours')).toEqual(theirs)
    expect(theirs.length).toBeGreaterThan(4)
    const mailed = alerts.filter(({ attributes }) => attributes['correlog.action'] !== 'shellcmd')
    const inputs = theirs.map(call => [...call.matchAll(/^input (.*)$/gm)].map(match => match[1]).join('\n'))
    expect(mailed.map(({ body }) => body).sort()).toEqual(inputs.filter(text => text !== '').sort())
  }
)
