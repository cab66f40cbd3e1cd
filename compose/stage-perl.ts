import { dirname } from 'node:path'
import { glob } from '../adapters/glob.ts'
import { createPerl, type RulesPerl, SANDBOX_OUTPUT_BYTES } from '../adapters/perl/create-perl.ts'
import { perlLibraries, sandboxEnvironment } from '../adapters/perl/environment.ts'
import { onlyWithin } from '../adapters/perl/wasm/file-policy.ts'
import type { StageConfig } from '../config/stage/stage-config.ts'
import type { LogLevel } from '../plugin/host.ts'
import type { TimeZone } from '../plugin/time/time-zone.ts'

export interface StagePerlSurroundings {
  readonly timeZone: TimeZone
  readonly log: (level: LogLevel, message: string) => void
  readonly print: (data: string) => void
  /** Standard output carries alerts or answers. */
  readonly isOutputTaken: boolean
  /** The rules' clock: seconds since Epoch. */
  readonly now: () => number
}

/** The Perl inside the rules of a stage, within what its configuration opens to it. `undefined`: it is off. */
export function createStagePerl(
  { perl, rules, effects, state }: StageConfig,
  { timeZone, log, print, isOutputTaken, now }: StagePerlSurroundings
): RulesPerl | undefined {
  if (perl.runtime === 'off') return undefined
  const folders = rules.flatMap(({ files }) => files.flatMap(glob)).map(path => dirname(path))
  return createPerl({
    runtime: perl.runtime,
    isOutputTaken,
    timeZone,
    log,
    print,
    mayRunPrograms: effects.programs,
    now,
    isKept: state !== null,
    onExit: status => log(2, `Perl code called exit(${status}), which ends no stage`),
    files: onlyWithin(
      [...new Set([...folders, ...perlLibraries(process.env), ...(perl.read ?? [])])],
      perl.write ?? []
    ),
    environment: sandboxEnvironment(process.env, perl.environment ?? []),
    limits: {
      timeMs: perl.maxTime * 1000,
      memoryBytes: perl.maxMemoryBytes,
      outputBytes: SANDBOX_OUTPUT_BYTES
    }
  })
}
