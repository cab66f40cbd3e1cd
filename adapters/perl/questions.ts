import { spawnSync, type StdioOptions } from 'node:child_process'
import { constants, hostname } from 'node:os'
import type { LogLevel } from '../../plugin/host.ts'
import type { PerlContext, PerlContexts } from '../../plugin/perl/contexts.ts'
import type { TimeZone } from '../../plugin/time/time-zone.ts'
import { writeStandardError } from '../log/standard-error.ts'
import { encodeFields } from './fields.ts'
import type { PerlQuestions } from './backend.ts'

export interface QuestionsOptions {
  readonly timeZone: TimeZone
  readonly log: (level: LogLevel, message: string) => void
  /** What code prints to standard output. */
  readonly print: (text: string) => void
  /** Whether code may run programs. */
  readonly mayRunPrograms: boolean
  /** How long one of them may take before it is killed; by default for ever. */
  readonly programTimeMs?: number | undefined
  /** `undefined`: there are none yet, while rules are loaded. */
  readonly contexts: () => PerlContexts | undefined
}

/** Answers what Perl code asks: the local time, programs, the log. */
export function perlQuestions({
  timeZone,
  log,
  print,
  mayRunPrograms,
  programTimeMs,
  contexts
}: QuestionsOptions): PerlQuestions {
  return {
    answer([question = '', ...parameters]) {
      switch (question) {
        case 'localtime':
          return localTime(timeZone, Number(parameters[0]))
        case 'hostname':
          return [Buffer.from(hostname()).toString('latin1')]
        case 'log':
          log(logLevel(parameters[0]), parameters[1] ?? '')
          return []
        case 'contexts':
          return [...(contexts()?.names() ?? [])]
        case 'context':
          return contextFields(contexts()?.find(parameters[0] ?? ''))
        case 'set context':
          if (contexts()?.set(parameters[0] ?? '', readContext(parameters.slice(1))) !== true) {
            log(2, `Perl code can't set the context '${parameters[0]}'`)
          }
          return []
        case 'delete context':
          contexts()?.delete(parameters[0] ?? '')
          return []
        case 'run':
          if (mayRunPrograms) return runProgram(parameters, programTimeMs)
          log(2, `Perl code runs no program, as this is not allowed: ${parameters.slice(1).join(' ')}`)
          return ['-1', ERRNO_EPERM, '']
        default:
          log(2, `Perl code asks for "${question}", which there is not`)
          return []
      }
    },
    output: print,
    errors: writeStandardError
  }
}

/** Of Perl, whose `$!` is set by it. */
const ERRNO_EPERM = '63'
const ERRNO_ENOENT = '44'

function logLevel(text: string | undefined): LogLevel {
  const level = Number(text)
  return level >= 1 && level <= 6 ? (Math.floor(level) as LogLevel) : 4
}

/** As Perl's localtime in list context, then the zone's name and its offset in seconds. */
function localTime(timeZone: TimeZone, seconds: number): string[] {
  const { sec, min, hour, mday, mon, year, wday, yday, isDst, zoneName, offset } = timeZone.localTime(seconds)
  const numbers = [sec, min, hour, mday, mon, year - 1900, wday, yday, isDst ? 1 : 0]
  return [...numbers.map(String), zoneName, String(offset)]
}

/** `system` shares our standard streams, `output` gives what the program prints. A single word goes to the shell. */
function runProgram([kind, ...words]: readonly string[], timeout: number | undefined): string[] {
  const [command = '', ...given] = words.map(word => Buffer.from(word, 'latin1').toString())
  const stdio: StdioOptions = ['inherit', kind === 'output' ? 'pipe' : 'inherit', 'inherit']
  const options = { stdio, maxBuffer: MOST_OUTPUT, timeout, killSignal: 'SIGKILL' } as const
  const { status, signal, error, stdout } =
    given.length === 0 ? spawnSync('/bin/sh', ['-c', command], options) : spawnSync(command, given, options)
  if (error !== undefined && status === null && signal === null) return ['-1', ERRNO_ENOENT, '']
  // As wait(2) gives it.
  const waitStatus = status === null ? signalNumber(signal) : status << 8
  return [String(waitStatus), '', stdout?.toString('latin1') ?? '']
}

const MOST_OUTPUT = 16 * 1024 * 1024

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal]
}

/** Its fields in a fixed order, then each stored event's time and text. None: there is no such context. */
function contextFields(context: PerlContext | undefined): string[] {
  if (context === undefined) return []
  const { id, isInternal, names, created, lifetime, description, actions, events } = context
  return [
    String(id ?? ''),
    encodeFields(names),
    isInternal ? '1' : '',
    String(created),
    String(lifetime),
    description,
    actions,
    ...events.flatMap(({ time, text }) => [String(time), text])
  ]
}

function readContext([
  id = '',
  internal = '',
  created = '',
  lifetime = '',
  description = '',
  actions = '',
  ...rest
]: readonly string[]): PerlContext {
  const events = []
  for (let at = 0; at < rest.length; at += 2)
    events.push({ time: seconds(rest[at]), text: rest[at + 1] ?? '' })
  return {
    id: id === '' ? undefined : Number(id),
    names: [],
    isInternal: internal !== '',
    created: seconds(created),
    lifetime: Math.max(seconds(lifetime), 0),
    description,
    actions,
    events
  }
}

/** What code has put into a number's place counts as Perl counts it: 0 if it is none. */
function seconds(text: string | undefined): number {
  const number = Number.parseFloat(text ?? '')
  return Number.isFinite(number) ? Math.floor(number) : 0
}
