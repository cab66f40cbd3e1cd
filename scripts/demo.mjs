#!/usr/bin/env node
// The demonstration: an authentication log goes into a FIFO, `correlog sec` raises its alerts. Ends by itself.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pc from 'picocolors'

const PAUSE_MS = 350
const DEADLINE_MS = 5000

const expectedAlerts = [
  'ALERT three failed SSH logins for root within a minute, the first from 192.0.2.7',
  'ALERT 192.0.2.7 tries user names',
  'ALERT login of alice from 192.0.2.7 after failures: 6 before it',
  'ALERT bob does not know the password for sudo'
]

/** What happens, a scene at a time: what to look for, then the log's lines without time and host. */
const scenes = [
  {
    title: 'An ordinary morning: no rule has anything to say.',
    lines: [
      'sshd[1201]: Accepted publickey for carol from 198.51.100.4 port 51514 ssh2',
      'systemd-logind[433]: New session 17 of user carol.',
      'CRON[1210]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)',
      'sshd[1216]: Failed password for dave from 203.0.113.9 port 40112 ssh2',
      'CRON[1210]: pam_unix(cron:session): session closed for user root'
    ]
  },
  {
    title:
      'Somebody guesses the password of root: the third failure within a minute is an alert, the fourth is not.',
    lines: [
      'sshd[1230]: Failed password for root from 192.0.2.7 port 40001 ssh2',
      'kernel: [86400.123456] eth0: link becomes ready',
      'sshd[1231]: Failed password for root from 192.0.2.7 port 40002 ssh2',
      'sshd[1232]: Failed password for root from 192.0.2.7 port 40003 ssh2',
      'sshd[1233]: Failed password for root from 192.0.2.7 port 40004 ssh2'
    ]
  },
  {
    title: 'The same host tries other names: the third name is an alert.',
    lines: [
      'sshd[1240]: Failed password for invalid user admin from 192.0.2.7 port 40005 ssh2',
      'systemd-logind[433]: Removed session 12.',
      'sshd[1241]: Failed password for alice from 192.0.2.7 port 40006 ssh2'
    ]
  },
  {
    title: 'It gets in. A login is nothing, unless the same host failed before.',
    lines: [
      'sshd[1250]: Accepted publickey for bob from 198.51.100.4 port 51700 ssh2',
      'sshd[1251]: Accepted password for alice from 192.0.2.7 port 40007 ssh2'
    ]
  },
  {
    title: 'Bob forgot his password for sudo. He is reported once in ten minutes, however often he tries.',
    lines: [
      'sudo:      bob : 3 incorrect password attempts ; TTY=pts/1 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/sh',
      'sudo:      bob : 3 incorrect password attempts ; TTY=pts/1 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/sh'
    ]
  }
]

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'correlog-demo-'))
const fifo = join(folder, 'auth.fifo')
const alerts = []
const messages = []

function say(text) {
  console.log(pc.cyan(text))
}

function syslogLine(text) {
  const [, month, day, , time] = new Date().toString().match(/^\w+ (\w+) (\d+) (\d+) ([\d:]+)/)
  return `${month} ${String(Number(day)).padStart(2)} ${time} gate ${text}`
}

async function demonstrate(correlog) {
  // Opened for reading too, so that it neither waits for a reader nor breaks when there is none.
  const log = await open(fifo, 'r+')
  try {
    for (const { title, lines } of scenes) {
      console.log()
      say(title)
      for (const text of lines) {
        const line = syslogLine(text)
        console.log(pc.dim(`  ${line}`))
        if (correlog.exitCode !== null || correlog.signalCode !== null) return
        await log.write(`${line}\n`)
        await sleep(PAUSE_MS)
      }
    }
    const deadline = Date.now() + DEADLINE_MS
    while (alerts.length < expectedAlerts.length && correlog.exitCode === null && Date.now() < deadline) {
      await sleep(20)
    }
  } finally {
    await log.close()
  }
}

async function run() {
  const made = spawnSync('mkfifo', [fifo], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`mkfifo: ${made.error ?? made.stderr}`)
  const options = ['-conf=examples/ssh.sec', '-conf=examples/sudo.sec', '-input=FIFO', '-log=LOG']
  say(`$ correlog sec ${options.join(' ')}`)
  const args = options.map(option =>
    option.replace('FIFO', fifo).replace('LOG', join(folder, 'correlog.log'))
  )
  const correlog = spawn(process.execPath, ['dist/cli/main.js', 'sec', ...args], {
    cwd: root,
    // Messages go to a terminal as well as to the log; here they would hide the alerts.
    stdio: ['ignore', 'pipe', 'pipe']
  })
  correlog.stderr.setEncoding('utf8').on('data', text => messages.push(text))
  const ended = once(correlog, 'exit')
  createInterface({ input: correlog.stdout }).on('line', line => {
    alerts.push(line)
    console.log(pc.bold(pc.red(`  ${line}`)))
  })
  process.once('SIGINT', () => correlog.kill('SIGTERM'))
  try {
    await demonstrate(correlog)
  } finally {
    correlog.kill('SIGTERM')
    await ended
  }
}

try {
  await run()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

const missing = expectedAlerts.filter(alert => !alerts.includes(alert))
console.log()
if (missing.length === 0 && alerts.length === expectedAlerts.length) {
  say(
    `${scenes.flatMap(scene => scene.lines).length} lines, ${alerts.length} alerts. The rules are in examples/; try`
  )
  say('$ correlog replay examples/ssh.timeline --conf examples/ssh.sec')
} else {
  for (const alert of missing) console.error(pc.red(`missing: ${alert}`))
  process.stderr.write(messages.join(''))
  console.error(pc.red(`expected ${expectedAlerts.length} alerts, got ${alerts.length}`))
  process.exitCode = 1
}
