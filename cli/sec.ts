import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { SecLog } from '../adapters/log/sec-log.ts'
import { loadTimeZone } from '../adapters/time-zone.ts'
import type { SecCommandLine } from '../config/sec-command-line.ts'
import { secHelp } from '../config/sec-help.ts'
import { perlLoader } from '../plugin/perl/source.ts'
import { type TimeZone, UTC } from '../plugin/time/time-zone.ts'
import { type DaemonStart, startDaemon, takeDaemonStart } from './daemon.ts'
import { faultMessage } from '../plugin/fault.ts'
import { readSecArguments } from './sec-arguments.ts'
import { createSecPerl } from './sec-perl.ts'
import { SecProcess } from './sec-process.ts'
import { loadConfiguration } from './sec-rule-files.ts'
import { SecState } from './sec-state.ts'
import { logSettings } from './sec-settings.ts'
import { writeStandardError } from '../adapters/log/standard-error.ts'
import { banner } from './version.ts'

const LICENCE = 'Apache License 2.0, without any warranty. Understands the rules and options of SEC 2.9.4.'

/** `correlog sec`: SEC's command line over files, FIFOs and standard input. Yields the exit status. */
export async function runSec(args: readonly string[], name: string): Promise<number> {
  const daemon = takeDaemonStart()
  const complain = daemon?.tell ?? writeStandardError
  const readArguments = (listener: (line: string) => void): SecCommandLine =>
    readSecArguments(args, process.env.SECRC, listener)
  // A daemon's starter has said already what is wrong with the options.
  const commandLine = readArguments(daemon === undefined ? complain : () => {})
  const { options } = commandLine
  if (options.help) return printed(secHelp(name))
  if (options.version) return printed(`${banner}\n${LICENCE}\n`)
  if (options.detach && daemon === undefined) return startDaemon()

  const timeZone = readTimeZone(complain)
  const now = (): number => Math.floor(Date.now() / 1000)
  const log = new SecLog({
    settings: logSettings(options),
    terminal: (daemon?.onTerminal ?? isatty(2)) ? complain : undefined,
    complain,
    timeZone,
    now
  })
  process.on('uncaughtException', error => log.log(2, faultMessage(error)))
  log.log(4, banner)
  const status = await start({ commandLine, readArguments, log, timeZone, now, daemon }).catch(
    (error: unknown) => {
      log.log(1, faultMessage(error))
      return 1
    }
  )
  await log.close()
  return status
}

interface Start {
  readonly commandLine: SecCommandLine
  readonly readArguments: (complain: (line: string) => void) => SecCommandLine
  readonly log: SecLog
  readonly timeZone: TimeZone
  readonly now: () => number
  readonly daemon: DaemonStart | undefined
}

async function start({ commandLine, readArguments, log, timeZone, now, daemon }: Start): Promise<number> {
  const { options } = commandLine
  if (options.detach) {
    log.log(4, 'Changing working directory to /')
    process.chdir('/')
  }
  if (options.perlSandbox && options.perl === 'system') {
    writeStandardError(
      "--perl-sandbox keeps nothing from the machine's own perl (--perl=system); expected --perl=wasm beside it, exiting!\n"
    )
    return 1
  }
  const perl = createSecPerl(options, { log, timeZone, now })
  const { files, faulty } = loadConfiguration(
    options.conf,
    { bufferSize: options.bufsize, perl: perlLoader(perl?.host) },
    log.log
  )
  if (options.testonly) return faulty ? 1 : 0
  const parts = {
    commandLine,
    files,
    perl,
    log,
    timeZone,
    now,
    readArguments: () => readArguments(writeStandardError)
  }
  if (options.state === null) return new SecProcess(parts).run(daemon)
  const state = new SecState(options.state, log.log)
  let secProcess: SecProcess
  try {
    secProcess = new SecProcess({ ...parts, state, saved: await state.load() })
  } catch (error) {
    log.log(1, `${error instanceof Error ? error.message : String(error)}, exiting!`)
    await state.close(undefined)
    return 1
  }
  return secProcess.run(daemon)
}

function readTimeZone(complain: (line: string) => void): TimeZone {
  try {
    return loadTimeZone(process.env.TZ)
  } catch (error) {
    complain(`${error instanceof Error ? error.message : String(error)}; using UTC\n`)
    return UTC
  }
}

function printed(text: string): number {
  writeSync(1, text)
  return 0
}
