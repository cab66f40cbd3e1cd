import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { requirePerl, requireRuleSets, requireSec } from '../helpers/requirements.ts'
import { RunningCommand } from '../helpers/running-command.ts'

// Rule files that people use, beside the real SEC: both read the same lines, and each program that they start is one
// of ours that records how it was called. The rule files are read where they lie and never become ours.

const perl = requirePerl()
const sec = requireSec()
const ruleSets = requireRuleSets()

/** Programs that the rules call, each a recorder under that name. */
const PROGRAMS = ['mail', 'mailx', 'iptables', 'ipt-add']

// A call is a file: the program's name, its arguments, what it read.
const RECORDER = `#!/bin/sh
call=$(mktemp "$RECORDS/.XXXXXXXX")
{ echo "\${0##*/}"; for argument; do echo "argument <$argument>"; done; sed 's/^/input /'; } > "$call"
mv "$call" "$RECORDS/$(basename "$call" | tail -c 9)"
`

interface RuleSetCase {
  readonly file: string
  /** Windows of the copy end soon after the lines, so that nobody waits for hours: seconds → shorter. */
  readonly shorter: Readonly<Record<string, number>>
  /** Groups of lines, written at once, a second apart. */
  readonly groups: readonly (readonly string[])[]
  /** So many calls come in the end. */
  readonly calls: number
}

const stamp = 'Nov 24 12:00:00'
const times = (count: number, line: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => line(index))

const cisco = (host: string, number: number, text: string): string =>
  `${stamp} core ${host} ${number}: 12:00:00.123 UTC: ${text}`
const snort = (from: string, to: string, priority: number, name: string): string =>
  `${stamp} ids snort[99]: [1:2003:8] ${name} [Classification: Attempted admin] [Classification: x] [Priority: ${priority}]: {TCP} ${from}:4242 -> ${to}:22`
const sshd = (pid: number, text: string): string => `${stamp} gate sshd[${pid}]: ${text}`

const cases: RuleSetCase[] = [
  {
    file: 'snort.sec',
    shorter: { '300': 2, '7200': 3, '3600': 3, '1800': 9 },
    groups: [
      [
        'prepare ATTACK_FROM_192.0.2.1',
        snort('192.0.2.1', '198.51.100.7', 1, 'MS-SQL probe'),
        snort('192.0.2.1', '198.51.100.8', 1, "quote ' and $(substitution)"),
        snort('192.0.2.9', '198.51.100.8', 2, 'ICMP PING NMAP'),
        `${stamp} ids snort: End of portscan from 192.0.2.77: TOTAL time(0s) hosts(1) TCP(3)`,
        `${stamp} ids snort: nothing to see`
      ],
      times(31, index => snort('192.0.2.5', `198.51.100.${index}`, 3, 'WEB-IIS cmd.exe access')),
      times(4, index => snort('192.0.2.1', `198.51.100.${index}`, 1, 'again'))
    ],
    calls: 11
  },
  {
    file: 'ssh-brute.sec',
    shorter: { '7200': 3 },
    groups: [
      times(5, index =>
        sshd(100 + index, `authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=bad.example`)
      ),
      times(4, index => sshd(200 + index, `Failed password for illegal user u${index} from 192.0.2.44`)),
      times(3, index => sshd(300 + index, `Failed password for illegal user u${index} from 192.0.2.45`))
    ],
    calls: 8
  },
  {
    file: 'ssh.sec',
    shorter: { '300': 3, '600': 5 },
    groups: [
      [
        'prepare ssh_port_forward_errors_gate_52',
        'prepare ssh_channel_setup_errors_gate_53',
        'prepare session_log_report_gate_53',
        sshd(51, '[ID 800047 auth.info] Accepted publickey for joe from 192.0.2.3 port 40 ssh2'),
        sshd(51, '[ID 800047 auth.error] error: connect_to ::1 port 25: Network is unreachable'),
        sshd(51, '[ID 800047 auth.error] error: no such thing; but "quoted"'),
        `${stamp} gate cron[1]: not for these rules`,
        ...times(6, () => sshd(52, '[ID 800047 auth.error] error: bind: Address already in use')),
        ...times(6, () =>
          sshd(53, '[ID 800047 auth.error] error: channel_setup_fwd_listener: cannot listen to port: 8080')
        ),
        'sshd: Report gate_53 if needed',
        sshd(54, '[ID 800047 auth.info] Accepted password for ann from 192.0.2.4 port 41 ssh2'),
        sshd(54, '[ID 800047 auth.info] Closing connection to 192.0.2.4')
      ]
    ],
    calls: 6
  },
  {
    file: 'cisco/cisco-syslog.sec',
    shorter: { '60': 3, '300': 4, '120': 3, '180': 4, '86400': 600, '10': 2 },
    groups: [
      [
        cisco('r1', 1, '%SYS-5-CONFIG_I: Configured from console'),
        cisco('r1', 2, "%SYS-5-RELOAD: Reload requested by joe's script"),
        cisco('r1', 3, '%SYS-5-RESTART: System restarted --'),
        cisco('r2', 4, '%SYS-5-RELOAD: Reload requested'),
        cisco('r3', 5, '%SYS-5-RESTART: System restarted --'),
        ...times(3, () =>
          cisco('r1', 6, '%SNMP-3-AUTHFAIL: Authentication failure for SNMP req from host 192.0.2.200')
        ),
        ...times(6, index =>
          cisco(
            'r4',
            7,
            `%OSPF-5-ADJCHG: Process 1, Nbr 10.0.0.${index} on Vlan5 from FULL to DOWN, Dead timer`
          )
        ),
        cisco('r5', 8, '%STANDBY-6-STATECHANGE: Vlan20 Group 1 state Standby -> Active'),
        cisco('r5', 8, '%STANDBY-6-STATECHANGE: Vlan21 Group 1 state Standby -> Active'),
        cisco('r6', 9, '%LINK-3-UPDOWN: Interface Gi0/1, changed state to down'),
        cisco('r6', 9, '%LINK-3-UPDOWN: Interface Gi0/2, changed state to down'),
        cisco('r6', 10, '%LINEPROTO-5-UPDOWN: Line protocol on Interface Gi0/1, changed state to down'),
        ...times(5, () =>
          cisco('r7', 11, '%PM_SCP-SP-4-LCP_FW_ABLC: Late collision message from module 3, port:14')
        ),
        ...times(6, () =>
          cisco(
            'r8',
            12,
            '%C4K_EBM-4-HOSTFLAPPING: Host 00:11 in vlan 9 is flapping between port Gi1/1 and port Gi1/2'
          )
        ),
        cisco('r8', 13, '%SNMP-5-CHASSISALARM: Chassis Alarm Trap: tmpAlarm(ON)'),
        cisco('r8', 14, '%C4K_IOSMODPORTMAN-4-POWERSUPPLYBAD: Power Supply 2 has failed or been turned off'),
        cisco('r8', 15, '%DIAG-SP-6-DIAG_OK: Module 1: Passed'),
        cisco('r9', 16, '%UNKNOWN-4-THING: first of its kind; cost 5$ & more'),
        cisco('r9', 16, '%UNKNOWN-4-THING: second of its kind')
      ],
      [
        cisco('r6', 17, '%LINK-3-UPDOWN: Interface Gi0/1, changed state to up'),
        cisco('r6', 18, '%LINEPROTO-5-UPDOWN: Line protocol on Interface Gi0/1, changed state to up'),
        cisco('r8', 19, '%SNMP-5-CHASSISALARM: Chassis Alarm Trap: tmpAlarm(OFF)')
      ]
    ],
    calls: 24
  }
]

let folder: string
let running: RunningCommand[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-community-'))
  running = []
  mkdirSync(join(folder, 'bin'))
  const recorder = join(folder, 'bin/recorder')
  writeFileSync(recorder, RECORDER)
  chmodSync(recorder, 0o755)
  for (const name of PROGRAMS) symlinkSync('recorder', join(folder, 'bin', name))
})
afterEach(async () => {
  await Promise.all(running.map(command => command.kill()))
  rmSync(folder, { recursive: true, force: true })
})

/** A copy with the programs' folders left out, so that PATH decides, and with its windows shortened. */
function copyRules({ file, shorter }: RuleSetCase, from: string): string {
  const text = readFileSync(join(from, file), 'latin1')
    .replace(/\/(?:\w+\/)+(?=(?:mailx?|iptables|ipt-add)\b)/g, '')
    .replace(/^(window\d*=\s*|.*\b(?:set|create) \S+ )(\d+)/gm, (all, before: string, seconds: string) =>
      shorter[seconds] === undefined ? all : `${before}${shorter[seconds]}`
    )
  const path = join(folder, 'rules.sec')
  writeFileSync(path, text, 'latin1')
  // Some rules need a context that nothing in their file creates, or get stuck on one that nothing drops.
  writeFileSync(
    join(folder, 'first.sec'),
    `type=Single
ptype=RegExp
pattern=^prepare (\\S+)
desc=x
action=create $1

type=Single
ptype=TValue
pattern=TRUE
desc=x
action=delete EVENT_PROCESSED
`
  )
  return path
}

function start(name: string, command: readonly string[]): RunningCommand {
  mkdirSync(join(folder, name))
  execFileSync('mkfifo', [join(folder, name, 'fifo')])
  const started = new RunningCommand(
    [
      ...command,
      `--conf=${folder}/*.sec`,
      `--input=${folder}/${name}/fifo`,
      `--log=${folder}/${name}/sec.log`
    ],
    {
      folder: join(folder, name),
      env: { PATH: `${folder}/bin:${process.env['PATH'] ?? ''}`, RECORDS: join(folder, name) }
    }
  )
  running.push(started)
  return started
}

/** The calls recorded so far, sorted; times of day are left out, since the two do not start in the same second. */
function calls(name: string): string[] {
  return readdirSync(join(folder, name))
    .filter(file => /^\w{8}$/.test(file))
    .map(file => readFileSync(join(folder, name, file), 'latin1'))
    .map(call => call.replace(/\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}/g, '<time>'))
    .sort()
}

/** Then both handle a line in the same whole second, which is all that they measure. */
function earlyInTheNextSecond(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 1200 - (Date.now() % 1000)))
}

test.for(cases)('$file calls the same programs as under SEC', { timeout: 90_000 }, async (each, context) => {
  const [perlPath, secPath] = [perl.need(context), sec.need(context)]
  copyRules(each, ruleSets.need(context))
  const commands = [
    start('ours', [process.execPath, correlogCommand(), 'sec']),
    start('theirs', [perlPath, secPath])
  ]
  const names = ['ours', 'theirs']
  for (const command of commands) await command.logged(/^Opening input file/)
  await earlyInTheNextSecond()
  for (const group of each.groups) {
    for (const name of names) appendFileSync(join(folder, name, 'fifo'), `${group.join('\n')}\n`, 'latin1')
    await earlyInTheNextSecond()
  }
  for (const [index, command] of commands.entries()) {
    const name = names[index] ?? ''
    await command.until(() => calls(name).length >= each.calls, `${each.calls} calls of ${name}`)
  }
  // Whatever comes too often comes by now.
  await new Promise(resolve => setTimeout(resolve, 1500))
  expect(calls('ours')).toEqual(calls('theirs'))
  expect(calls('ours')).toHaveLength(each.calls)
})
