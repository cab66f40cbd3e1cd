import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Syslog } from '../../../adapters/log/syslog.ts'
import { requirePerl } from '../../helpers/requirements.ts'

const perl = requirePerl()

/** Node.js has no such socket, so Perl plays syslogd: it prints each datagram, then a NUL. */
const receiver = `
use Socket; $| = 1;
socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die; bind($s, sockaddr_un($ARGV[0])) or die;
while (1) { recv($s, my $m, 100000, 0); print "$m\\0" }`

describe('syslog', () => {
  let folder: string
  let syslogd: ChildProcess
  let received: string

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'correlog-syslog-'))
    received = ''
    if (!perl.available) return
    syslogd = spawn('perl', ['-e', receiver, join(folder, 'log')], { stdio: ['ignore', 'pipe', 'inherit'] })
    syslogd.stdout?.setEncoding('latin1').on('data', text => (received += text))
    await vi.waitUntil(() => existsSync(join(folder, 'log')), 10_000)
  })
  afterEach(() => {
    if (perl.available) syslogd.kill()
    rmSync(folder, { recursive: true, force: true })
  })

  test('messages have the facility, the severity of their level, the name and the process ID', async context => {
    perl.need(context)
    const errors: string[] = []
    const syslog = new Syslog({
      facility: 'LOG_Local1',
      tag: 'sec',
      socket: join(folder, 'log'),
      onError: error => errors.push(error)
    })
    syslog.write(1, 'critical')
    syslog.write(2, "Can't open \xc3\xa9\xff")
    syslog.write(4, 'two\nlines')
    syslog.write(6, '<15>debug')
    await syslog.close()
    await vi.waitFor(() => expect(received.split('\0')).toHaveLength(6), 10_000)
    const date = '[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d'
    const message = (priority: number, text: string): unknown =>
      expect.stringMatching(new RegExp(`^<${priority}>${date} sec\\[${process.pid}\\]: ${text}$`))
    expect(received.split('\0').slice(0, -1)).toEqual([
      message(138, 'critical'),
      message(139, "Can't open \xc3\xa9\xff"),
      message(141, 'two'),
      message(141, 'lines'),
      message(143, '<15>debug')
    ])
    expect(errors).toEqual([])
    expect(syslog.lostMessages).toBe(0)
  })
})

test('without a logger program messages are counted as lost, and it is said once', async () => {
  const errors: string[] = []
  const path = process.env.PATH
  process.env.PATH = '/nonexistent'
  const syslog = new Syslog({ facility: 'user', tag: 'sec', onError: error => errors.push(error) })
  syslog.write(4, 'one')
  await vi.waitFor(() => expect(errors).toHaveLength(1), 10_000)
  process.env.PATH = path
  syslog.write(4, 'two')
  expect(errors).toEqual(["Can't send messages to syslog: spawn logger ENOENT"])
  expect(syslog.lostMessages).toBeGreaterThan(0)
  await syslog.close()
})

test('a facility that syslog does not know is refused', () => {
  expect(() => new Syslog({ facility: 'local9', tag: 'sec', onError: () => {} })).toThrow(
    'unknown syslog facility "local9"'
  )
})
