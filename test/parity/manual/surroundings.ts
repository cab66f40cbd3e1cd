import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ParityCase } from '../case.ts'
import type { ManualExample } from './examples.ts'

/*
 * What an example is put into: rules before and after it that set its contexts up and show what it did, lines that
 * its patterns match, and programs that record instead of those that it names.
 */

const BEFORE = `type=Single
ptype=RegExp
pattern=abc
varmap=abc_or_def_found
continue=TakeNext
desc=for a Cached pattern
action=none

type=Single
ptype=SubStr
pattern=set up
desc=set up
action=create TEST 60; create TEST2; create MYCONTEXT; create ALERTING_ON; create C_a; add TEST first; add TEST second; \\
       add TEST2 other; add EVENTS AAA; add EVENTS syn; add REPORT a line; \\
       owritecl report text; owritecl report* text; owritecl events syn; owritecl sec1.tmp x; owritecl sec2.tmp x

`

/** Shows the line, the contexts and the variables that examples use. */
const AFTER = `
type=Single
ptype=RegExp
pattern=^look
desc=look
action=report TEST; report TEST2; report EVENTS; report REVERSE; \\
       write - %u text[%text] size[%size] time[%time] data[%data] pos[%pos] events[%events] present[%present] n[%n] myvar[%myvar]

type=Single
ptype=RegExp
pattern=^(.+)$
desc=observer
action=exists %x TIMER; exists %y C_a; write - %u passed: $1 [%x%y]
`

const SETS = `type=Options
joincfset=sshd-rules auth-rules iptables FileA FileB FileC ssh-login ssh-events
procallin=no

type=Single
ptype=RegExp
pattern=^(.+)$
desc=set
action=write - %u in the set: $1
`

const ssh = (name: string, what: string, user: string, address: string): string =>
  `host sshd[${name}]: ${what} password for ${user} from ${address} port 4217 ssh2`

/** Named lists of lines, each with the seconds since the one before. */
export const TIMELINES: Readonly<Record<string, readonly (readonly [number, string])[]>> = {
  ssh: [
    ...['root', 'ann', 'root', 'root', 'ann'].map((user): [number, string] => [
      9,
      ssh('1', 'Failed', user, '10.0.0.7')
    ]),
    [4, ssh('2', 'Accepted', 'ann', '10.0.0.7')],
    [3, ssh('2', 'Failed', 'ann', '10.0.0.8')],
    [20, ssh('3', 'Failed', 'ann', '10.0.0.7')],
    [1, ssh('3', 'Failed', 'ann', '10.0.0.7')],
    [1, ssh('3', 'Failed', 'ann', '10.0.0.7')],
    ...Array.from({ length: 10 }, (): [number, string] => [2, ssh('5', 'Failed', 'eve', '10.0.0.5')]),
    [61, 'host kernel: iptables: IN=eth0 SRC=10.0.0.7 DST=10.0.0.1'],
    [2, ssh('4', 'Accepted', 'bob', '10.0.0.7')],
    [8, ssh('4', 'Failed', 'bob', '10.0.0.7')],
    [3, ssh('4', 'Accepted', 'bob', '10.0.0.7')],
    [130, 'look'],
    ...Array.from({ length: 34 }, (_, user): [number, string] => [1, `3_SSH_LOGIN_FAILURES_FOR_u${user}`])
  ],
  web: [
    [0, 'set up'],
    ...Array.from({ length: 4 }, (): [number, string] => [7, '10.0.0.9 - - [x] "GET /a HTTP/1.1" 404 1']),
    ...Array.from({ length: 6 }, (): [number, string] => [5, 'kernel: iptables: SRC=10.0.0.9 x']),
    [2, ssh('9', 'Failed', 'x', '10.0.0.9')],
    [1, ssh('9', 'Failed', 'invalid user y', '10.0.0.9')],
    [200, 'look']
  ],
  letters: [
    [0, 'AAABBBCCCDDD'],
    [1, 'BBBCCCDDD'],
    [1, 'CCCDDD'],
    [1, 'DDD'],
    [1, 'AAA'],
    [1, 'BBB'],
    [5, 'EVENT_B'],
    [1, 'EVENT_B'],
    [6, 'EVENT_A'],
    [1, 'EVENT_A'],
    [3, 'EVENT_B'],
    [40, 'EVENT_A'],
    [16, 'EVENT_A'],
    [0, 'a test1 here'],
    [1, 'and test2 there'],
    [2, 'Test: 19'],
    [1, 'Test: 261'],
    [1, 'Test2: 19 787'],
    [1, 'Test: 787'],
    [1, 'Test2: 787 261'],
    [1, 'abc here'],
    [1, 'Backup done:\tsuccess'],
    [1, 'box.mydomain lp0 PRINTER: TONER/INK LOW'],
    [1, 'sshd[7]: Connection from 10.1.1.1 port 99']
  ],
  services: [
    [0, 'x ftpd[77]: a (ristov2 b) FTP session opened'],
    [3, 'x ftpd[77]: get a file'],
    [3, 'x ftpd[78]: get a file'],
    [4, 'x ftpd[77]: a (ristov2 b) FTP session closed'],
    [1, 'x ftpd[79]: a (ristov2 b) FTP session opened'],
    [1801, 'interface 10.0.0.1 down'],
    [2, 'interface 10.0.0.9 down'],
    [2, '/var: file system full'],
    [9, '/var: File system full'],
    [900, '/var: file system full'],
    [1, 'Dec 1 01:02:03 h kernel: nfs: server a.b not responding, still trying'],
    [1, 'Dec 1 01:02:04 h kernel: nfs: server c not responding, still trying'],
    [9, 'Dec 1 01:02:13 h kernel: nfs: server axb OK'],
    [9, 'Dec 1 01:02:22 h kernel: nfs: server a.b OK'],
    [5, 'database one down'],
    [1, 'database two down'],
    [1, 'database three down'],
    [1, 'database test up'],
    [1, 'database two up'],
    [9, 'all databases up'],
    [1, 'user admin login failure on tty1'],
    [1, 'user admin login failure on tty1'],
    [1, 'user admin login failure on tty1']
  ],
  routers: [
    [0, 'x r1.net 1: %SYS-5-RELOAD'],
    [20, 'x r2.net 2: %SYS-5-RELOAD'],
    [30, 'x r1.net 3: %SYS-5-RESTART'],
    [300, 'x r1.net 4: %SYS-3-CPUHOG: hog'],
    [100, 'x r1.net: %SYS-3-CPUHOG: hog'],
    [20, 'x r1.net 5: %SYS-3-CPUHOG: hog'],
    [30, 'x r1.net: %SYS-3-CPUHOG: hog'],
    [5, 'x r1.net 6: %LINK-3-UPDOWN: Interface e0, changed state to down'],
    [9, 'x r1.net 7: %LINK-3-UPDOWN: Interface e0, changed state to up'],
    ...Array.from({ length: 24 }, (_, place): [number, string] => [
      place % 2 === 0 ? 16 : 5,
      `x r1.net 8: %LINK-3-UPDOWN: Interface e0, changed state to ${place % 2 === 0 ? 'down' : 'up'}`
    ]),
    [9, 'x r1.net 8: %LINK-3-UPDOWN: Interface e1, changed state to down'],
    [60, 'x r1.net 8: %LINK-3-UPDOWN: Interface e1, changed state to up'],
    [3700, 'look']
  ],
  parts: [
    [0, 'look'],
    [1, 'set up'],
    [4, "go a it's"],
    [1, 'look'],
    [8, 'go b b'],
    [1, 'look'],
    [31, 'go a a'],
    [90, 'look'],
    [1850, 'look']
  ]
}

/** 27 December 2003, 01:58:20 UTC: the last Saturday of a quarter, before 2 o'clock. */
const START = 1072490300

/** The example over one of the timelines, with all its programs and paths replaced. */
export function manualCase(example: ManualExample, timeline: string, programs: string): ParityCase {
  let now = START
  const lines = (TIMELINES[timeline] ?? []).map(([gap, text], place) => {
    now += gap
    return `@${now}${place % 8 === 7 ? '' : '=/dev/logpipe'} ${text}`
  })
  return {
    files: [
      { name: 'rules1.sec', text: `${BEFORE}${redirect(example.text, programs)}${AFTER}` },
      { name: 'rules2.sec', text: SETS }
    ],
    timeline: `@${START}\n${lines.join('\n')}\n@${now + 65}\n`,
    options: {
      intcontexts: true,
      intevents: true,
      inputs: ['/dev/logpipe'],
      runPrograms: true,
      jointbuf: false
    }
  }
}

/** Programs go to the recording ones, files to the working directory, and what is only logged is written. */
function redirect(text: string, programs: string): string {
  return text
    .replaceAll(/\/(?:var\/log|tmp)\//g, '')
    .replaceAll(/\/(?:usr\/)?(?:local\/)?bin\/(mail|ping|logger|nc|tail|myscript\.pl)\b/g, `${programs}/$1`)
    .replaceAll('| mail', `| ${programs}/mail`)
    .replaceAll('logonly', 'write -')
}

/**
 * Writes the recording programs: each appends its name, arguments and standard input to a file that is named after
 * them, since programs that run at the same time have no order.
 */
export function writePrograms(directory: string): void {
  mkdirSync(directory, { recursive: true })
  const record = (name: string, rest = ''): void => {
    const path = join(directory, name)
    writeFileSync(path, `#!/bin/sh\n${rest}`)
    chmodSync(path, 0o755)
  }
  const note = (name: string): string =>
    `printf '%s\\n' "${name}: $*" "$input" >> "${name}-$(echo "$*$input" | cksum)"\n`
  record('mail', `input=$(cat)\n${note('mail')}`)
  record('logger', `input=\n${note('logger')}`)
  record('ping', `input=\n${note('ping')}case $5 in *.9) exit 1;; esac\n`)
  for (const name of ['nc', 'tail', 'myscript.pl']) record(name, `echo "line from ${name}"\n`)
}
