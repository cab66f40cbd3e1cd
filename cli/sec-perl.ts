import { dirname } from 'node:path'
import { writeSync } from 'node:fs'
import { createPerl, type RulesPerl, SANDBOX_OUTPUT_BYTES } from '../adapters/perl/create-perl.ts'
import { perlLibraries, sandboxEnvironment } from '../adapters/perl/environment.ts'
import { onlyWithin } from '../adapters/perl/wasm/file-policy.ts'
import { glob } from '../adapters/glob.ts'
import type { SecLog } from '../adapters/log/sec-log.ts'
import type { SecOptions } from '../config/schema.ts'
import type { TimeZone } from '../plugin/time/time-zone.ts'

/** What Perl code prints goes where rules write, as soon as there is such a place. */
export interface SecPerl extends RulesPerl {
  printTo(print: (data: string) => void): void
}

/** A call in the sandbox that takes longer is ended; outside of it, as in SEC, it may take its time. */
const SANDBOX_TIME_MS = 1000

/** The Perl inside the rules of `correlog sec`, as `--perl` and `--perl-sandbox` say. `undefined`: it is off. */
export function createSecPerl(
  { perl, perlSandbox, conf, state }: SecOptions,
  { log, timeZone, now }: { readonly log: SecLog; readonly timeZone: TimeZone; readonly now: () => number }
): SecPerl | undefined {
  if (perl === 'off') return undefined
  let print = (data: string): void => void writeSync(1, data, null, 'latin1')
  const folders = [...new Set(conf.flatMap(glob).map(path => dirname(path)))]
  const created = createPerl({
    runtime: perl,
    timeZone,
    log: log.log,
    print: data => print(data),
    mayRunPrograms: !perlSandbox,
    now,
    isKept: state !== null,
    ...(perlSandbox
      ? {
          onExit: status => log.log(2, `Perl code called exit(${status}), which ends nothing in the sandbox`),
          files: onlyWithin([...folders, ...perlLibraries(process.env)], []),
          environment: sandboxEnvironment(process.env),
          limits: { timeMs: SANDBOX_TIME_MS, outputBytes: SANDBOX_OUTPUT_BYTES }
        }
      : { onExit: status => process.exit(status), limits: { timeMs: Number.POSITIVE_INFINITY } })
  })
  return { ...created, printTo: next => void (print = next) }
}
