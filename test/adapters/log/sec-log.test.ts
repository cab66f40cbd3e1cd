import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SecLog, type SecLogSettings } from '../../../adapters/log/sec-log.ts'
import { UTC } from '../../../plugin/time/time-zone.ts'

let folder: string
let file: string
let now: number
let terminal: string
let complaints: string
let log: SecLog

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-log-'))
  file = join(folder, 'sec.log')
  now = 1_795_521_600
  terminal = ''
  complaints = ''
})
afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true, force: true })
})

function createLog(settings: Partial<SecLogSettings>, onTerminal = false): SecLog {
  log = new SecLog({
    settings: { level: 6, file, syslog: null, ...settings },
    terminal: onTerminal ? line => (terminal += line) : undefined,
    complain: line => (complaints += line),
    timeZone: UTC,
    now: () => now
  })
  return log
}

test('a line has the local time, as ctime writes it', () => {
  createLog({}).log(4, 'one')
  now++
  log.log(2, 'two\nlines')
  expect(readFileSync(file, 'utf8')).toBe(
    'Tue Nov 24 12:00:00 2026: one\nTue Nov 24 12:00:01 2026: two\nlines\n'
  )
})

test('messages above the level are dropped', () => {
  createLog({ level: 3 }).log(4, 'notice')
  log.log(3, 'warning')
  expect(readFileSync(file, 'utf8')).toBe('Tue Nov 24 12:00:00 2026: warning\n')
})

test('bytes come through as they are', () => {
  createLog({}).log(4, '\xc3\xa9\xff\0')
  expect(readFileSync(file, 'latin1')).toContain(': \xc3\xa9\xff\0\n')
})

test('a terminal takes the bare message, until it is left', () => {
  createLog({}, true).log(4, 'one')
  log.leaveTerminal()
  log.log(4, 'two')
  expect(terminal).toBe('one\n')
  expect(readFileSync(file, 'utf8')).toContain('two')
})

test('reopening leaves a rotated file', () => {
  createLog({}).log(4, 'one')
  renameSync(file, `${file}.1`)
  log.log(4, 'two')
  log.reopen()
  log.log(4, 'three')
  expect(readFileSync(`${file}.1`, 'utf8')).toMatch(/one\n.*two\n$/)
  expect(readFileSync(file, 'utf8')).toMatch(/^.*three\n$/)
})

test('a file that cannot be opened is reported, and logging goes on without it', () => {
  createLog({ file: join(folder, 'nosuch/log') }).log(4, 'one')
  expect(complaints).toBe(`Can't open logfile ${folder}/nosuch/log (No such file or directory)\n`)
  mkdirSync(join(folder, 'nosuch'))
  log.reopen()
  log.log(4, 'two')
  expect(readFileSync(join(folder, 'nosuch/log'), 'utf8')).toContain('two')
})

test('a folder as log file is reported', () => {
  createLog({ file: folder })
  expect(complaints).toBe(`Can't open logfile ${folder} (Is a directory)\n`)
})

test('where nobody listens the level is the lowest, so that no message is built', () => {
  expect(createLog({ file: null }).level).toBe(1)
  expect(createLog({ file: null }, true).level).toBe(6)
  expect(createLog({ level: 5 }).level).toBe(5)
})

test('new settings count at once', () => {
  createLog({}).log(6, 'one')
  log.configure({ level: 2, file: `${file}.new`, syslog: null })
  log.log(6, 'two')
  log.log(2, 'three')
  expect(readFileSync(`${file}.new`, 'utf8')).toBe('Tue Nov 24 12:00:00 2026: three\n')
})

test('an unknown syslog facility is reported', () => {
  createLog({ syslog: 'local9' })
  expect(complaints).toBe('unknown syslog facility "local9"\n')
})

test('what the disk refuses is counted and said at the end, once', async () => {
  createLog({ file: '/dev/full' }).log(4, 'one')
  log.log(4, 'two')
  log.reopen()
  log.log(4, 'three')
  expect(complaints).toBe('')
  await log.close()
  await log.close()
  expect(complaints).toBe('Log lines were lost: 3\n')
})
