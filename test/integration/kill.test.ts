import { join } from 'node:path'
import { expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { scratchFolder } from '../helpers/scratch.ts'
import { commandWith } from '../kill/faults.ts'
import { runLives } from '../kill/lives.ts'
import { PERL_WORKLOAD } from '../kill/perl-rules.ts'

// `npm run kill` does the same with 100 lives.
test('a stage that is killed again and again raises the alerts of one that is not', async context => {
  const { lives, alerts, ...differences } = await runLives({
    folder: scratchFolder(context),
    command: correlogCommand(),
    lives: 4,
    records: 60_000,
    seed: 7,
    report: () => {}
  })
  expect(lives.filter(({ after }) => after.record > 0).length).toBeGreaterThan(0)
  expect(alerts).toBeGreaterThan(10_000)
  expect(differences).toEqual({ missing: [], additional: [], repeated: 0, replayDiffers: [] })
}, 180_000)

test('so does one whose rules count in Perl', async context => {
  const { lives, alerts, ...differences } = await runLives({
    folder: scratchFolder(context),
    command: correlogCommand(),
    lives: 2,
    records: 20_000,
    seed: 7,
    workload: PERL_WORKLOAD,
    killWithinMs: 1000,
    report: () => {}
  })
  // A step takes longer than the time between two checkpoints: it is in its middle that a life ends.
  expect(lives.every(({ position }) => position > 0)).toBe(true)
  expect(alerts).toBeGreaterThan(2500)
  expect(differences).toEqual({ missing: [], additional: [], repeated: 0, replayDiffers: [] })
}, 180_000)

test('that comparison finds uids that are not the same in each life', async context => {
  const folder = scratchFolder(context)
  correlogCommand()
  const { alerts, missing, additional, repeated, replayDiffers } = await runLives({
    folder,
    command: commandWith('random-uids', join(folder, 'faulty')),
    lives: 1,
    records: 30_000,
    seed: 7,
    report: () => {}
  })
  expect(alerts).toBeGreaterThan(1000)
  expect(missing).toHaveLength(alerts)
  expect(additional.length).toBeGreaterThanOrEqual(alerts)
  // Nothing else is wrong.
  expect([repeated, replayDiffers]).toEqual([0, []])
}, 180_000)

test('and Perl code that has forgotten what it knew', async context => {
  const folder = scratchFolder(context)
  correlogCommand()
  const { alerts, missing, replayDiffers } = await runLives({
    folder,
    command: commandWith('no-perl-memory', join(folder, 'faulty')),
    lives: 1,
    records: 12_000,
    seed: 7,
    workload: PERL_WORKLOAD,
    killWithinMs: 300,
    report: () => {}
  })
  expect(alerts).toBeGreaterThan(500)
  expect(missing.length).toBeGreaterThan(0)
  expect(replayDiffers).toEqual([])
}, 180_000)
