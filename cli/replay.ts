import { readFileSync, writeFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { loadTimeZone } from '../adapters/time-zone.ts'
import type { LogLevel } from '../plugin/host.ts'
import { loadRuleFiles } from '../plugin/rules/rule-set.ts'
import { runReplay } from './run-replay.ts'
import { readRuleFile } from './sec-rule-files.ts'

interface ReplayArguments {
  readonly conf: readonly string[]
  readonly input: readonly string[]
  readonly cleantime: number
  readonly bufsize: number
  readonly evstoresize: number
  readonly jointbuf?: boolean
  readonly intevents: boolean
  readonly intcontexts: boolean
  readonly quoting: boolean
  readonly runPrograms: boolean
  readonly debug: number
  readonly state?: string
}

/** `correlog replay`: rules over a timeline in virtual time. */
export function replayCommand(): Command {
  return new Command('replay')
    .summary('run rules over a timeline, in virtual time')
    .description(
      `Runs rules over a timeline in virtual time. Standard output is what the rules write to it, messages go to
standard error. A timeline's lines are
  @SECONDS text           the line "text" of standard input, at that second since Epoch
  @SECONDS=SOURCE text    a line of the input SOURCE
  @SECONDS                a tick: only the clock moves
  text                    a line at the second of the one before it
Every second between two stamps has its timer pass.`
    )
    .argument('<timeline>', 'timeline file, - for standard input')
    .requiredOption('--conf <files...>', 'rule files, in order')
    .option('--input <name=context...>', 'inputs that have a context of their own', collect, [])
    .option('--cleantime <seconds>', 'seconds between timer passes', wholeNumber, 0)
    .option('--bufsize <lines>', 'lines in an input buffer, 0: as many as the patterns need', wholeNumber, 0)
    .option('--evstoresize <strings>', "strings in a context's event store, 0: no limit", wholeNumber, 0)
    .option('--jointbuf', 'one input buffer for all inputs')
    .option('--nojointbuf', 'an input buffer for each input')
    .option('--intevents', 'internal events SEC_STARTUP and SEC_SHUTDOWN', false)
    .option('--intcontexts', 'an internal context for each line', false)
    .option('--quoting', 'put %s in single quotes in shell commands', false)
    .option('--run-programs', 'run programs and wait for them before the next line', false)
    .option('--debug <level>', 'messages up to this level, 1 to 6', wholeNumber, 3)
    .option('--state <file>', 'write contexts, operations and variables at the end, as JSON')
    .action(async (timeline: string, given: ReplayArguments & { readonly nojointbuf?: boolean }) => {
      process.exitCode = await replayFiles(timeline, {
        ...given,
        ...(given.nojointbuf === true && { jointbuf: false })
      })
    })
}

async function replayFiles(timelineName: string, given: ReplayArguments): Promise<number> {
  const message = (line: string): void => {
    process.stderr.write(`${line}\n`, 'latin1')
  }
  let timeline: string
  try {
    timeline = readFileSync(timelineName === '-' ? 0 : timelineName, 'latin1')
  } catch (error) {
    message(error instanceof Error ? error.message : String(error))
    return 1
  }
  const sources = given.conf.map(readRuleFile)
  const { files, log } = loadRuleFiles(sources, { bufferSize: given.bufsize })
  for (const line of log) if (line.level <= given.debug) message(line.message)
  if (sources.some(source => 'error' in source)) return 1
  const inputs = given.input.map(parseInput)
  const internalContexts = given.intcontexts || inputs.some(input => input.context !== undefined)
  try {
    const state = await runReplay({
      timelineName,
      timeline,
      files,
      settings: {
        bufferSize: given.bufsize,
        jointBuffer: given.jointbuf,
        eventStoreSize: given.evstoresize,
        cleanTime: given.cleantime,
        internalContexts,
        quoting: given.quoting
      },
      inputs,
      internalEvents: given.intevents,
      runPrograms: given.runPrograms,
      timeZone: loadTimeZone(process.env.TZ),
      logLevel: given.debug as LogLevel,
      message
    })
    if (given.state !== undefined) writeFileSync(given.state, `${JSON.stringify(state, null, 2)}\n`, 'latin1')
  } catch (error) {
    message(error instanceof Error ? error.message : String(error))
    return 1
  }
  return 0
}

function parseInput(text: string): { name: string; context?: string } {
  const [, name = text, context] = /^([^=]+)=(.+)$/.exec(text) ?? []
  return context === undefined ? { name } : { name, context }
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function wholeNumber(text: string): number {
  if (!/^[0-9]+$/.test(text)) throw new InvalidArgumentError('expected a whole number')
  return Number(text)
}
