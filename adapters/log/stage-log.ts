import pino from 'pino'
import type { LogLevel } from '../../plugin/host.ts'
import type { StageLog } from '../../plugin/stage/options.ts'

export interface StageLogOptions {
  readonly level: LogLevel
  /** Lines to read, or JSON. */
  readonly isText: boolean
  /** Takes whole lines, as bytes in latin1. */
  readonly write: (lines: string) => void
}

const PINO_LEVELS = { 1: 'error', 2: 'error', 3: 'warn', 4: 'info', 5: 'debug', 6: 'debug' } as const

/**
 * The messages of a stage: a constant sentence and fields, one a line. What the rules say comes as byte strings and
 * goes out as UTF-8.
 */
export function createStageLog({ level, isText, write }: StageLogOptions): StageLog {
  if (isText) return { level, log: textLog(level, write) }
  const logger = pino(
    {
      level: PINO_LEVELS[level],
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      formatters: { level: label => ({ level: label }) }
    },
    { write: line => write(Buffer.from(line, 'utf8').toString('latin1')) }
  )
  return {
    level,
    log(messageLevel, message, fields = {}) {
      if (messageLevel <= level) logger[PINO_LEVELS[messageLevel]](decoded(fields), decode(message))
    }
  }
}

function textLog(level: LogLevel, write: (lines: string) => void): StageLog['log'] {
  return (messageLevel, message, fields = {}) => {
    if (messageLevel > level) return
    const shown = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
    const name = PINO_LEVELS[messageLevel].toUpperCase().padEnd(5)
    write(`${new Date().toISOString()} ${name} ${message}${shown.join('')}\n`)
  }
}

function decoded(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [decode(name), decodedValue(value)])
  )
}

function decodedValue(value: unknown): unknown {
  if (typeof value === 'string') return decode(value)
  if (Array.isArray(value)) return value.map(decodedValue)
  return typeof value === 'object' && value !== null ? decoded({ ...value }) : value
}

function decode(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
