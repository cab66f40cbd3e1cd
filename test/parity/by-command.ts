import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { correlogCommand } from '../helpers/correlog-command.ts'
import type { ParityCase, ParityOptions, ParityOutput } from './case.ts'
import { layOut, writtenFiles } from './sec/run.ts'

/**
 * What the command `correlog replay` makes of a case, for what shares its standard output: programs, and what code prints in
 * the machine's Perl.
 */
export function replayByCommand(parityCase: ParityCase, runtime: 'wasm' | 'system' = 'wasm'): ParityOutput {
  const { files, options } = parityCase
  const directory = mkdtempSync(join(tmpdir(), 'correlog-replay-'))
  try {
    layOut(parityCase, directory)
    const { stdout } = spawnSync(
      process.execPath,
      [
        correlogCommand(),
        'replay',
        'timeline',
        '--run-programs',
        `--perl=${runtime}`,
        ...flags(options),
        ...(options.inputs ?? []).flatMap(input => ['--input', input]),
        '--conf',
        ...files.map(file => file.name)
      ],
      { cwd: directory, encoding: 'latin1', env: { ...process.env, TZ: options.timeZone ?? 'UTC' } }
    )
    return { stdout, files: writtenFiles(parityCase, directory) }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function flags({ intcontexts, intevents, jointbuf }: ParityOptions): string[] {
  return [
    ...(intcontexts === true ? ['--intcontexts'] : []),
    ...(intevents === true ? ['--intevents'] : []),
    ...(jointbuf === false ? ['--nojointbuf'] : [])
  ]
}
