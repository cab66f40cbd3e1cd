import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadTimeZone } from '../../adapters/time-zone.ts'
import { runReplay } from '../../cli/run-replay.ts'
import { createPerl, type RulesPerl } from '../../adapters/perl/create-perl.ts'
import type { Correlator } from '../../plugin/correlator.ts'
import type { PerlHost } from '../../plugin/perl/host.ts'
import { perlLoader } from '../../plugin/perl/source.ts'
import { parseRuleFile } from '../../plugin/rules/parser.ts'
import type { ParityCase, ParityOutput } from './case.ts'
import { layOut, writtenFiles } from './sec/run.ts'

export interface OurOutput extends ParityOutput {
  /** Our messages, errors and warnings only. */
  readonly log: string
}

const WARNINGS = 3

/**
 * What `correlog replay` makes of a case, in this process: its working directory is changed meanwhile. What programs
 * write to standard output themselves is not seen here. `watch` may put itself between the rules and their Perl.
 */
export async function replayInProcess(
  parityCase: ParityCase,
  runtime: 'wasm' | 'system' = 'wasm',
  watch: (perl: PerlHost) => PerlHost = perl => perl
): Promise<OurOutput> {
  const { files, timeline, options } = parityCase
  const directory = mkdtempSync(join(tmpdir(), 'correlog-replay-'))
  const before = process.cwd()
  const written: string[] = []
  const messages: string[] = []
  let perl: RulesPerl | undefined
  layOut(parityCase, directory)
  process.chdir(directory)
  try {
    const timeZone = loadTimeZone(options.timeZone ?? 'UTC')
    let correlator: Correlator | undefined
    perl = createPerl({
      runtime,
      timeZone,
      log: (_level, message) => void messages.push(message),
      print: data => correlator?.host.effect({ type: 'write', path: '-', data }),
      mayRunPrograms: options.runPrograms === true,
      now: () => correlator?.now ?? 0,
      onExit: () => {}
    })
    const host = watch(perl.host)
    const loader = perlLoader(host)
    const parsed = files.map(({ name, text }) =>
      parseRuleFile(name, text, { bufferSize: options.bufsize ?? 0, perl: loader })
    )
    const inputs = (options.inputs ?? []).map(parseInput)
    for (const { message } of parsed.flatMap(file => file.diagnostics)) messages.push(message)
    await runReplay({
      timelineName: 'timeline',
      timeline,
      files: parsed,
      settings: {
        bufferSize: options.bufsize ?? 0,
        jointBuffer: options.jointbuf,
        eventStoreSize: 0,
        cleanTime: options.cleantime ?? 0,
        internalContexts: options.intcontexts === true || inputs.some(input => 'context' in input),
        quoting: false
      },
      inputs,
      internalEvents: options.intevents === true,
      runPrograms: options.runPrograms === true,
      timeZone,
      perl: host,
      onCorrelator: made => {
        correlator = made
      },
      logLevel: WARNINGS,
      stdout: data => void written.push(data),
      message: line => void messages.push(line)
    })
    const log = messages.map(message => `${message}\n`).join('')
    return { stdout: written.join(''), files: writtenFiles(parityCase, directory), log }
  } finally {
    perl?.close()
    process.chdir(before)
    rmSync(directory, { recursive: true })
  }
}

function parseInput(input: string): { name: string; context?: string } {
  const [name = input, context] = input.split('=', 2)
  return context === undefined ? { name } : { name, context }
}
