import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { glob } from '../adapters/glob.ts'
import { writeStandardError } from '../adapters/log/standard-error.ts'
import { createPerl } from '../adapters/perl/create-perl.ts'
import { readRuleFileOfSec } from '../adapters/rule-file.ts'
import { systemErrorText } from '../adapters/system-error.ts'
import { loadTimeZone } from '../adapters/time-zone.ts'
import type { Correlator } from '../plugin/correlator.ts'
import type { LogLevel } from '../plugin/host.ts'
import { perlLoader } from '../plugin/perl/source.ts'
import { loadRuleFiles } from '../plugin/rules/rule-set.ts'
import { runReplay } from './run-replay.ts'

/** Names are byte strings (latin1). */
interface ReplayArguments {
  readonly conf: readonly string[]
  readonly input?: readonly string[]
  readonly cleantime: number
  readonly bufsize: number
  readonly evstoresize: number
  readonly jointbuf?: boolean
  readonly intevents?: boolean
  readonly intcontexts?: boolean
  readonly quoting?: boolean
  readonly runPrograms?: boolean
  readonly atEnd: 'keep' | 'fire'
  readonly perl: 'wasm' | 'system' | 'off'
  readonly debug: number
  readonly state?: string
}

/** `correlog replay`: rules over a timeline in virtual time. */
export function replayCommand(): Command {
  return (
    new Command('replay')
      .summary('run rules over a timeline, in virtual time')
      .usage('<timeline> --conf <files...> [options]')
      // After `--conf a.sec` the timeline would be one more rule file.
      .showHelpAfterError('usage: correlog replay <timeline> --conf <files...> [options]')
      .description(
        `Runs rules over a timeline in virtual time. Standard output is what the rules
write to it, messages go to standard error. A timeline's lines are
  @SECONDS text           the line "text" of standard input, at that second
  @SECONDS=SOURCE text    a line of the input SOURCE
  @SECONDS                a tick: only the clock moves
  text                    a line at the second of the one before it
SECONDS count from 1970. Every second between two stamps has its timer pass.`
      )
      .argument('<timeline>', 'timeline file, - for standard input', byteString)
      .requiredOption('--conf <files...>', 'rule files, in order, by name or pattern', collect)
      .option('--input <name=context...>', 'inputs that have a context of their own', collect)
      .option('--cleantime <seconds>', 'seconds between timer passes', wholeNumber, 0)
      .option(
        '--bufsize <lines>',
        'lines in an input buffer, 0: as many as the patterns need',
        wholeNumber,
        0
      )
      .option('--evstoresize <strings>', "strings in a context's event store, 0: no limit", wholeNumber, 0)
      .option('--jointbuf', 'one input buffer for all inputs')
      .option('--nojointbuf', 'an input buffer for each input')
      .option('--intevents', 'internal events SEC_STARTUP and SEC_SHUTDOWN')
      .option('--intcontexts', 'an internal context for each line')
      .option('--quoting', 'put %s in single quotes in shell commands')
      .option('--run-programs', 'run programs and wait for them before the next line')
      .addOption(
        new Option(
          '--at-end <what>',
          'timers that are open at the end: keep them, or fire each at its second'
        )
          .choices(['keep', 'fire'])
          .default('keep')
      )
      .addOption(
        new Option('--perl <which>', "the Perl inside rules: in WebAssembly, the machine's own, or off")
          .choices(['wasm', 'system', 'off'])
          .default('wasm')
      )
      .option('--debug <level>', 'messages up to this level, 1 to 6', logLevel, 3)
      .option('--state <file>', 'write contexts, operations and variables at the end, as JSON', byteString)
      .helpOption('--help', 'show help')
      .action(async (timeline: string, given: ReplayArguments & { readonly nojointbuf?: boolean }) => {
        process.exitCode = await replayFiles(timeline, {
          ...given,
          ...(given.nojointbuf === true && { jointbuf: false })
        })
      })
  )
}

async function replayFiles(timelineName: string, given: ReplayArguments): Promise<number> {
  const message = (line: string): void => {
    writeStandardError(`${line}\n`)
  }
  let timeline: string
  try {
    timeline = readFileSync(timelineName === '-' ? 0 : Buffer.from(timelineName, 'latin1'), 'latin1')
  } catch (error) {
    message(`Can't read timeline ${timelineName} (${systemErrorText(error)})`)
    return 1
  }
  const sources = [...new Set(given.conf.flatMap(ruleFileNames))].map(readRuleFileOfSec)
  const timeZone = loadTimeZone(process.env.TZ)
  let correlator: Correlator | undefined
  const perl = createPerl({
    runtime: given.perl === 'system' ? 'system' : 'wasm',
    timeZone,
    log: (level, text) => level <= given.debug && message(text),
    print: data => correlator?.host.effect({ type: 'write', path: '-', data }),
    mayRunPrograms: given.runPrograms === true,
    now: () => correlator?.now ?? 0,
    onExit: status => process.exit(status)
  })
  const host = given.perl === 'off' ? undefined : perl.host
  const { files, log } = loadRuleFiles(sources, { bufferSize: given.bufsize, perl: perlLoader(host) })
  for (const line of log) if (line.level <= given.debug) message(line.message)
  if (sources.some(source => 'error' in source)) return 1
  const inputs = (given.input ?? []).map(parseInput)
  const internalContexts = given.intcontexts === true || inputs.some(input => input.context !== undefined)
  let state: Readonly<Record<string, unknown>>
  try {
    state = await runReplay({
      timelineName,
      timeline,
      files,
      settings: {
        bufferSize: given.bufsize,
        jointBuffer: given.jointbuf,
        eventStoreSize: given.evstoresize,
        cleanTime: given.cleantime,
        internalContexts,
        quoting: given.quoting === true
      },
      inputs,
      internalEvents: given.intevents === true,
      runPrograms: given.runPrograms === true,
      atEnd: given.atEnd,
      timeZone,
      perl: host,
      onCorrelator: made => {
        correlator = made
      },
      logLevel: given.debug as LogLevel,
      message
    })
  } catch (error) {
    message(error instanceof Error ? error.message : String(error))
    return 1
  }
  if (given.state === undefined) return 0
  try {
    writeFileSync(Buffer.from(given.state, 'latin1'), `${JSON.stringify(state, null, 2)}\n`, 'latin1')
  } catch (error) {
    message(`Can't write state file ${given.state} (${systemErrorText(error)})`)
    return 1
  }
  return 0
}

/** As with `correlog sec`, but a file's own name, with spaces or brackets in it, is no pattern. */
function ruleFileNames(pattern: string): string[] {
  return existsSync(Buffer.from(pattern, 'latin1')) ? [pattern] : glob(pattern)
}

function parseInput(text: string): { name: string; context?: string } {
  const [, name = text, context] = /^([^=]+)=(.+)$/.exec(text) ?? []
  return context === undefined ? { name } : { name, context }
}

function byteString(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, byteString(value)]
}

function wholeNumber(text: string): number {
  if (!/^[0-9]+$/.test(text)) throw new InvalidArgumentError('expected a whole number')
  return Number(text)
}

function logLevel(text: string): number {
  if (!/^[1-6]$/.test(text)) throw new InvalidArgumentError('expected a level from 1 to 6')
  return Number(text)
}
