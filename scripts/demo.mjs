#!/usr/bin/env node
// The demonstration: a gateway's log of one morning goes through a stage in the log's own time, with a rule file that
// mails and pages; what it would have mailed and paged are alerts. `--json`: the alerts as they are. Ends by itself.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pc from 'picocolors'

/** What the morning has to give: the body of each alert begins so. */
const expected = [
  'the correlator of this gateway is alive',
  'SSH passwords guessed from 192.0.2.77: five failures within two minutes',
  "/usr/local/bin/page oncall 'alice logged in from 192.0.2.77",
  'alice logged in from 192.0.2.77, which had been guessing passwords after 9 guesses',
  '/usr/bin/id',
  'port scan from 203.0.113.99: six ports within a minute',
  'the correlator of this gateway is alive',
  "/usr/local/bin/page oncall 'squid did not come back within 30 seconds'",
  'disk sdb has I/O errors',
  '/usr/sbin/smartctl -a /dev/sdb',
  'the correlator of this gateway is alive'
]

const root = fileURLToPath(new URL('..', import.meta.url))
const asJson = process.argv.includes('--json')
const log = readFileSync(`${root}examples/gateway.log`, 'latin1')
const args = [
  'run',
  '--rules=examples/gateway.sec',
  '--alerts-from=pipe,report,shellcmd',
  '--from=file:examples/gateway.log?codec=syslog&template=syslog',
  '--to=stdout:',
  '--time=record',
  '--once'
]

function say(text) {
  if (!asJson) console.log(text)
}

/** The line that a record's id (`file:<fingerprint>:<byte offset>`) means. */
function lineOf(id) {
  const offset = Number(id.split(':').at(-1))
  return log.slice(offset, log.indexOf('\n', offset))
}

function show({ timestamp, body, attributes }) {
  const [first, ...rest] = body.split('\n')
  const { 'correlog.action': action, 'correlog.rule.type': type, 'correlog.rule.number': rule } = attributes
  const records = attributes['correlog.records'] ?? []
  console.log()
  console.log(`${pc.bold(pc.red(`${timestamp.slice(11, 19)}  ${first}`))}`)
  for (const line of rest) console.log(pc.red(`          ${line}`))
  const seen =
    records.length === 0 ? '' : `, from ${records.length} line${records.length === 1 ? '' : 's'}; the last:`
  console.log(pc.dim(`          ${action} of rule ${rule}, ${type}${seen}`))
  if (records.length > 0) console.log(pc.dim(`          ${lineOf(records.at(-1)).slice(0, 110)}`))
}

say(pc.cyan(`$ correlog ${args.join(' ').replaceAll(/=(file|stdout):(\S*)/g, "='$1:$2'")}`))
const started = performance.now()
const correlog = spawn(process.execPath, ['dist/cli/main.js', ...args], {
  cwd: root,
  env: { ...process.env, TZ: 'UTC' },
  stdio: ['ignore', 'pipe', 'pipe']
})
const ended = once(correlog, 'close')
let messages = ''
correlog.stderr.setEncoding('utf8').on('data', text => {
  messages += text
})
const bodies = []
for await (const line of createInterface({ input: correlog.stdout })) {
  const alert = JSON.parse(line)
  bodies.push(alert.body)
  if (asJson) console.log(line)
  else show(alert)
}
await ended
const seconds = ((performance.now() - started) / 1000).toFixed(1)
const lines = log.split('\n').length - 1
say('')
if (bodies.length === expected.length && expected.every((start, index) => bodies[index].startsWith(start))) {
  say(
    pc.cyan(
      `${lines} lines of two and a half hours in ${seconds} s, start-up included; ${bodies.length} alerts, and no program was run.`
    )
  )
  say(pc.cyan('The log and the rules are in examples/. As they leave for a pipeline: npm run demo -- --json'))
} else {
  process.stderr.write(messages)
  console.error(pc.red(`expected these alerts:\n${expected.join('\n')}\n\ngot:\n${bodies.join('\n')}`))
  process.exitCode = 1
}
