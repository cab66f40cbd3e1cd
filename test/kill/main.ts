import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { projectRoot } from '../parity/sec/find.ts'
import { commandWith, type Fault } from './faults.ts'
import { type Life, runLives } from './lives.ts'
import { PERL_WORKLOAD } from './perl-rules.ts'
import { ruleSetWorkload } from './rule-sets.ts'

/**
 * `npm run kill -- [--lives 100] [--records 600000] [--seed 1] [--perl | --rule-sets] [--random-uids | --no-perl-memory]`:
 * kills a stage again and again and compares its alerts with those of an undisturbed one. `--perl`: its rules count in
 * Perl. `--rule-sets`: they are the community's with Perl in them, and the manual's, unchanged. `--random-uids` and
 * `--no-perl-memory` plant faults that it has to find. Returns the exit status.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      lives: { type: 'string', default: '100' },
      records: { type: 'string', default: '600000' },
      seed: { type: 'string', default: '1' },
      perl: { type: 'boolean', default: false },
      'rule-sets': { type: 'boolean', default: false },
      'random-uids': { type: 'boolean', default: false },
      'no-perl-memory': { type: 'boolean', default: false }
    }
  })
  const fault = (['random-uids', 'no-perl-memory'] satisfies Fault[]).find(name => values[name])
  const folder = mkdtempSync(join(tmpdir(), 'correlog-kill-'))
  try {
    let number = 0
    const result = await runLives({
      folder,
      command:
        fault === undefined
          ? join(projectRoot, 'dist/cli/main.js')
          : commandWith(fault, join(folder, 'faulty')),
      lives: Number(values.lives),
      records: Number(values.records),
      seed: Number(values.seed),
      ...(values.perl && { workload: PERL_WORKLOAD, killWithinMs: 3000 }),
      ...(values['rule-sets'] && { workload: ruleSetWorkload(), killWithinMs: 600 }),
      report: ({ position, operations, after }) =>
        say(
          `life ${++number}: byte ${position}, ${operations} operations, after the checkpoint ${JSON.stringify(after)}`
        )
    })
    const { lives, alerts, missing, additional, repeated, replayDiffers } = result
    say(
      `${lives.length} lives, ${lives.filter(isFull).length} of them with more than 1,000 operations and alerts of each kind after the last checkpoint`
    )
    say(`${alerts} alerts: ${missing.length} missing, ${additional.length} too many, ${repeated} repeated`)
    say(`replay: ${replayDiffers.length} texts differ`)
    for (const each of [...missing, ...additional, ...replayDiffers].slice(0, 20)) say(`  ${each}`)
    return missing.length + additional.length + replayDiffers.length === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Whether much was at stake when the life ended. */
export function isFull({ operations, after }: Life): boolean {
  return operations > 1000 && after.record > 0 && after.window > 0 && after.calendar > 0
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
