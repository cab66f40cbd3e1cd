import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { requireSyslogNg } from '../helpers/requirements.ts'
import { RunningCommand } from '../helpers/running-command.ts'

const syslogNg = requireSyslogNg()

let folder: string
let running: RunningCommand[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-syslog-ng-'))
  running = []
  // Three failures of one user within a minute are one alert.
  writeFileSync(
    join(folder, 'ssh.sec'),
    `type=SingleWithThreshold
ptype=RegExp
pattern=sshd\\[\\d+\\]: Failed password for (\\S+) from ([\\d.]+)
desc=failed logins of $1
action=write ${folder}/alerts.txt ALERT: three failed logins of $1, the last from $2
window=60
thresh=3
`
  )
})
afterEach(async () => {
  await Promise.all(running.map(command => command.kill()))
  rmSync(folder, { recursive: true, force: true })
})

function run(command: readonly string[]): RunningCommand {
  const started = new RunningCommand(command, { folder })
  running.push(started)
  return started
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  await new Promise<void>(resolve => socket.close(resolve))
  return port
}

/** A syslog-ng of our own, from UDP to a destination, and a way to send to it. */
async function startSyslogNg(
  program: string,
  destination: string
): Promise<(message: string) => Promise<void>> {
  const port = await freePort()
  writeFileSync(
    join(folder, 'syslog-ng.conf'),
    `@version: 3.38
source s { network(ip("127.0.0.1") port(${port}) transport("udp")); };
destination d { ${destination} };
log { source(s); destination(d); };
`
  )
  run([
    program,
    '-F',
    '-f',
    join(folder, 'syslog-ng.conf'),
    `--persist-file=${folder}/persist`,
    `--pidfile=${folder}/syslog-ng.pid`,
    `--control=${folder}/control`
  ])
  const socket = createSocket('udp4')
  const send = (message: string): Promise<void> =>
    new Promise((resolve, reject) =>
      socket.send(message, port, '127.0.0.1', error => (error === null ? resolve() : reject(error)))
    )
  return send
}

/** UDP is lost until syslog-ng listens, so something harmless is sent until the rules have seen it. */
async function sendFailures(send: (message: string) => Promise<void>, seen: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200 && !seen(); attempt++) {
    await send('<38>Nov 24 12:00:00 gate probe: are you there')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  for (const port of [1, 2, 3]) {
    await send(
      `<38>Nov 24 12:00:0${port} gate sshd[4${port}]: Failed password for root from 192.0.2.7 port ${port} ssh2`
    )
  }
}

const probeRule = (folderName: string): string =>
  `type=Single\nptype=SubStr\npattern=are you there\ndesc=probe\naction=write ${folderName}/probe.txt seen\n`

test('a real syslog-ng writes to the FIFO: three failed logins are one alert', async context => {
  const program = syslogNg.need(context)
  execFileSync('mkfifo', [join(folder, 'fifo')])
  writeFileSync(join(folder, 'probe.sec'), probeRule(folder))
  const sec = run([
    process.execPath,
    correlogCommand(),
    'sec',
    `-conf=${folder}/*.sec`,
    `-input=${folder}/fifo`,
    `-log=${folder}/sec.log`
  ])
  const send = await startSyslogNg(program, `pipe("${folder}/fifo" template("$DATE $HOST $MSGHDR$MSG\\n"));`)
  await sendFailures(send, () => existsSync(join(folder, 'probe.txt')))
  await sec.until(() => sec.file('alerts.txt') !== '', 'an alert')
  expect(sec.file('alerts.txt')).toBe('ALERT: three failed logins of root, the last from 192.0.2.7\n')
  sec.signal('SIGTERM')
  expect(await sec.ended()).toBe(0)
})

test("syslog-ng's program() starts it and writes to its standard input", async context => {
  const program = syslogNg.need(context)
  writeFileSync(join(folder, 'probe.sec'), probeRule(folder))
  const command = `${process.execPath} ${correlogCommand()} sec -conf=${folder}/*.sec -input=- -log=${folder}/sec.log`
  const send = await startSyslogNg(program, `program("${command}" template("$DATE $HOST $MSGHDR$MSG\\n"));`)
  await sendFailures(send, () => existsSync(join(folder, 'probe.txt')))
  const [server] = running as [RunningCommand]
  await server.until(() => server.file('alerts.txt') !== '', 'an alert')
  server.signal('SIGTERM')
  await server.ended()
  await server.until(() => server.log.includes('SIGTERM received: shutting down SEC'), 'the end of correlog')
  expect(server.file('alerts.txt')).toBe('ALERT: three failed logins of root, the last from 192.0.2.7\n')
})
