import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPerl } from '../../adapters/perl/create-perl.ts'
import { rulesThatRunPrograms } from '../../plugin/alerts/programs.ts'
import type { NotificationKind } from '../../plugin/alerts/settings.ts'
import { Correlator } from '../../plugin/correlator.ts'
import type { Effect } from '../../plugin/host.ts'
import { perlLoader } from '../../plugin/perl/source.ts'
import { replay } from '../../plugin/replay/replay.ts'
import { parseTimeline } from '../../plugin/replay/timeline.ts'
import { parseRuleFile } from '../../plugin/rules/parser.ts'
import { UTC } from '../../plugin/time/time-zone.ts'
import { requireSec } from '../helpers/requirements.ts'
import type { RuleFile } from '../parity/case.ts'
import { calls, carryOut, recorders, secCalls, timelineOf } from './community-calls.ts'
import { FIRST_RULES, INPUT_CONTEXT, type RuleSetCase, ruleSetCases, rulesOf } from './community-cases.ts'

// The same rule files as a stage whose notifications are alerts, beside SEC in virtual time: SEC runs programs of ours
// that record how they were called; the stage runs none, and an alert holds all that its program would have got.

const sec = requireSec()

const KINDS: ReadonlySet<NotificationKind> = new Set(['pipe', 'report', 'shellcmd'])

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-community-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function stageEffects(
  each: RuleSetCase,
  rules: readonly RuleFile[]
): Promise<{ readonly effects: readonly Effect[]; readonly programs: readonly unknown[] }> {
  const effects: Effect[] = []
  const timeline = parseTimeline('timeline', timelineOf(each))
  let correlator: Correlator | undefined
  const perl = createPerl({
    runtime: 'wasm',
    timeZone: UTC,
    log: () => {},
    print: () => {},
    mayRunPrograms: false,
    now: () => correlator?.now ?? timeline.start,
    onExit: () => {}
  })
  try {
    const loader = perlLoader(perl.host)
    const files = [{ name: 'first.sec', text: FIRST_RULES }, ...rules].map(({ name, text }) =>
      parseRuleFile(name, text, { perl: loader })
    )
    correlator = new Correlator({
      files,
      settings: {
        bufferSize: 0,
        eventStoreSize: 0,
        cleanTime: 0,
        internalContexts: true,
        quoting: false,
        stage: { application: 'test', task: '-', programs: false, alertsFrom: () => KINDS }
      },
      host: { logLevel: 1, log: () => {}, effect: effect => void effects.push(effect) },
      timeZone: UTC,
      perl: perl.host,
      now: timeline.start
    })
    const contexts = new Map([['input', INPUT_CONTEXT]])
    await replay({ timeline, correlator, internalEvents: false, contexts, settle: () => undefined })
    return { effects, programs: rulesThatRunPrograms(files, { alertsFrom: () => KINDS }) }
  } finally {
    perl.close()
  }
}

test.for(ruleSetCases)(
  '$file as a stage: no program runs, and the alerts hold what SEC gives to programs',
  { timeout: 90_000 },
  async (each, context) => {
    const secPath = sec.need(context)
    const rules = rulesOf(each, context)
    const { effects, programs } = await stageEffects(each, rules)
    const alerts = effects.flatMap(effect => (effect.type === 'alert' ? [effect.alert] : []))
    expect(effects.filter(({ type }) => type !== 'alert')).toEqual([])
    expect(programs).toEqual([])
    expect(new Set(alerts.map(({ uid }) => uid)).size).toBe(alerts.length)

    const theirs = await secCalls(folder, each, rules, secPath)
    const path = recorders(folder, 'ours')
    for (const alert of alerts) await carryOut(alert, path)
    expect(calls(folder, 'ours')).toEqual(theirs)
    expect(theirs.length).toBeGreaterThan(2)
    const mailed = alerts.filter(({ attributes }) => attributes['correlog.action'] !== 'shellcmd')
    const inputs = theirs.map(call => [...call.matchAll(/^input (.*)$/gm)].map(match => match[1]).join('\n'))
    expect(mailed.map(({ body }) => body).sort()).toEqual(inputs.filter(text => text !== '').sort())
  }
)
