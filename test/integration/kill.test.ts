import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { runLives } from '../kill/lives.ts'

// `npm run kill` does the same with 100 lives.
test('a stage that is killed again and again raises the alerts of one that is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'correlog-kill-'))
  try {
    const { lives, alerts, ...differences } = await runLives({
      folder,
      command: correlogCommand(),
      lives: 4,
      records: 60_000,
      seed: 7,
      report: () => {}
    })
    expect(lives.filter(({ after }) => after.record > 0).length).toBeGreaterThan(0)
    expect(alerts).toBeGreaterThan(10_000)
    expect(differences).toEqual({ missing: [], additional: [], repeated: 0, replayDiffers: [] })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 180_000)
