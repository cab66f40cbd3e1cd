import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { TestContext } from 'vitest'
import { requireRuleSets, requireShared } from '../helpers/requirements.ts'
import type { RuleFile } from '../parity/case.ts'
import { manualRuleFiles } from '../parity/manual/examples.ts'

/** Programs that the rules call, each to be a recorder under that name. */
export const PROGRAMS = ['mail', 'mailx', 'iptables', 'ipt-add']

export interface RuleSetCase {
  /** In the folder of rule sets, or a section of SEC's manual. */
  readonly file: string
  /** Windows of the copy end soon after the lines, so that nobody waits for hours: seconds → shorter. */
  readonly shorter: Readonly<Record<string, number>>
  /** Groups of lines, written at once, a second apart. */
  readonly groups: readonly (readonly string[])[]
  /** So many calls come in the end. */
  readonly calls: number
}

/** The internal context of the lines of input, which the manual's example asks for. */
export const INPUT_CONTEXT = 'LOG'

const ruleSets = requireRuleSets()
const manual = requireShared("SEC's manual", 'oracle/sec-2.9.4/sec.man')
export const MANUAL_SECTION = 'Example 2'

const stamp = 'Nov 24 12:00:00'
const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index))

const cisco = (host: string, number: number, text: string): string =>
  `${stamp} core ${host} ${number}: 12:00:00.123 UTC: ${text}`
export const snort = (from: string, to: string, priority: number, name: string): string =>
  `${stamp} ids snort[99]: [1:2003:8] ${name} [Classification: Attempted admin] [Classification: x] [Priority: ${priority}]: {TCP} ${from}:4242 -> ${to}:22`
export const sshd = (pid: number, text: string): string => `${stamp} gate sshd[${pid}]: ${text}`
export const scan = (from: number, to: number, port = 22): string =>
  `PORTSCAN FROM 192.0.2.${from} TO 198.51.100.${to}:${port}`
export const iptables = (from: number, rest: string): string =>
  `${stamp} box1 kernel: iptables: IN=eth0 OUT= SRC=192.0.2.${from} DST=10.1.8.2 LEN=52 DF PROTO=${rest} URGP=0`
export const login = (status: string, user: string, from: number, port = 4242): string =>
  sshd(7, `${status} password for ${user} from 192.0.2.${from} port ${port} ssh2`)

/** Rule files that people use, and lines for them. The files are read where they lie and never become ours. */
export const ruleSetCases: readonly RuleSetCase[] = [
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
    file: 'portscan.sec',
    shorter: { '60': 7 },
    groups: [
      // The first Perl code of a process takes its time.
      [scan(9, 9)],
      [
        // Two sources at once, more than ten destinations each: the twelfth begins anew.
        ...times(12, index => scan(1, index)),
        ...times(11, index => scan(2, index)),
        // Ten are not enough, nor are many scans of one, nor of a port each.
        ...times(10, index => scan(3, index)),
        ...times(30, () => scan(4, 1)),
        ...times(15, index => scan(5, index, 1000 + index)),
        // What is seen of these two is forgotten, of one of them in vain.
        ...times(8, index => scan(6, index)),
        ...times(8, index => scan(7, index))
      ],
      ...times(9, () => ['nothing to see']),
      [...times(10, index => scan(6, 20 + index)), ...times(11, index => scan(7, 20 + index))],
      [scan(3, 99), scan(1, 99)]
    ],
    calls: 3
  },
  {
    file: MANUAL_SECTION,
    shorter: { '60': 12, '10': 60 },
    groups: [
      [iptables(9, 'ICMP TYPE=8 CODE=0'), login('Failed', 'zoe', 9)],
      [
        ...times(101, index => iptables(1, `TCP SPT=${index} DPT=23 SYN`)),
        ...times(105, index => iptables(2, `TCP SPT=${index} DPT=23 SYN FIN`)),
        ...times(120, index => iptables(3, `TCP SPT=${index} DPT=23 SYN ACK`)),
        ...times(99, index => iptables(4, `TCP SPT=${index} DPT=23 SYN`)),
        ...times(120, () => iptables(5, 'ICMP TYPE=8 CODE=0'))
      ],
      [
        login('Failed', 'invalid user ann', 6, 1023),
        login('Failed', 'invalid user bob', 6, 22),
        login('Failed', 'joe', 6, 22),
        ...times(10, index => login('Failed', `invalid user u${index}`, 7)),
        ...times(11, index => login('Failed', 'joe', 20 + index)),
        ...times(9, index => login('Failed', 'eve', 20 + index)),
        // Another's success and one from elsewhere are none of his.
        login('Accepted', 'eve', 40),
        login('Accepted', 'eve', 20),
        login('Accepted', 'joe', 20)
      ]
    ],
    calls: 6
  },
  {
    file: 'cisco/cisco-syslog.sec',
    shorter: { '60': 8, '300': 9, '120': 8, '180': 9, '86400': 600, '10': 2 },
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

/** Logged when the line `handled NAME` is. */
export const handled = (name: string): string => `handled ${name}`

/**
 * Some rules need a context that nothing in their file creates, or get stuck on one that nothing drops; and tests want
 * to hear when what they have written is handled.
 */
export const FIRST_RULES = `type=Single
ptype=RegExp
pattern=^prepare (\\S+)
desc=x
action=create $1

type=Single
ptype=RegExp
pattern=^handled \\d+$
desc=x
action=logonly $0

type=Single
ptype=TValue
pattern=TRUE
desc=x
action=delete EVENT_PROCESSED
`

/** The rules of a case, as `readRules` gives them. Skips the running test where they are missing. */
export function rulesOf({ file, shorter }: RuleSetCase, context: TestContext): readonly RuleFile[] {
  void (file === MANUAL_SECTION ? manual : ruleSets).need(context)
  return readRules(file, shorter)
}

/** Why these rule files can't be read, if so. */
export const missingRules = [
  ...(ruleSets.available ? [] : ['rulesets']),
  ...(manual.available ? [] : ["SEC's manual"])
]

/**
 * Rules with the programs' folders left out, so that PATH decides, with some windows shortened, and with the one input of
 * a test for those of the manual.
 */
export function readRules(file: string, shorter: RuleSetCase['shorter'] = {}): RuleFile[] {
  return filesOf(file).map(({ name, text }) => ({
    name: name.replace(/\.\w+$/, '.sec'),
    text: text
      .replace(/\/(?:\w+\/)+(?=(?:mailx?|iptables|ipt-add)\b)/g, '')
      .replace(/_FILE_EVENT_\/var\/log\/\w+/g, INPUT_CONTEXT)
      .replace(/^(window\d*=\s*|.*\b(?:set|create) \S+ )(\d+)/gm, (all, before: string, seconds: string) =>
        shorter[seconds] === undefined ? all : `${before}${shorter[seconds]}`
      )
  }))
}

function filesOf(file: string): readonly RuleFile[] {
  if (file === MANUAL_SECTION) return manualRuleFiles(readFileSync(manual.path ?? '', 'latin1'), file)
  return [{ name: basename(file), text: readFileSync(join(ruleSets.path ?? '', file), 'latin1') }]
}
