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

/** For code: an entry of the cache, lines to work on, and what it prints at once instead of when SEC's buffer is written. */
const BEFORE_PERL = `type=Single
ptype=SubStr
pattern=SEC_STARTUP
context=SEC_INTERNAL_EVENT
continue=TakeNext
desc=no buffer
action=eval %o ( $| = 1 )

type=Single
ptype=RegExp
pattern=^go (?<user>\\S+)
varmap=SSH
continue=TakeNext
desc=for parameters of :>
action=none

type=Single
ptype=SubStr
pattern=make up
desc=make up
action=create C1; add C1 first; add C1 #comment; add C1 third; add C1 # more; create C2; owritecl messages x; \\
       create MY_ONE 3000 ( write - expired %s ); add MY_ONE a; add MY_ONE b; alias MY_ONE MY_OTHER

type=Single
ptype=SubStr
pattern=forget
desc=forget
action=delete C1; delete C2

`

const AFTER_PERL = `
type=Single
ptype=RegExp
pattern=^(?:go|look)
continue=TakeNext
desc=look
action=report C1; report MY_OTHER; \\
       write - div[%div] sum[%sum] len[%len] o[%o] out[%out] size[%size] event[%event] nocomment[%nocomment] ret[%ret] failure[$:{SSH:failure}]
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

/** The seconds since the line before, the line, and its input if that is to be a certain one. */
type Line = readonly [gap: number, text: string, source?: string]

/** Named lists of lines. */
export const TIMELINES: Readonly<Record<string, readonly Line[]>> = {
  ssh: [
    ...['root', 'ann', 'root', 'root', 'ann'].map((user): Line => [9, ssh('1', 'Failed', user, '10.0.0.7')]),
    [4, ssh('2', 'Accepted', 'ann', '10.0.0.7')],
    [3, ssh('2', 'Failed', 'ann', '10.0.0.8')],
    [20, ssh('3', 'Failed', 'ann', '10.0.0.7')],
    [1, ssh('3', 'Failed', 'ann', '10.0.0.7')],
    [1, ssh('3', 'Failed', 'ann', '10.0.0.7')],
    ...Array.from({ length: 10 }, (): Line => [2, ssh('5', 'Failed', 'eve', '10.0.0.5')]),
    [61, 'host kernel: iptables: IN=eth0 SRC=10.0.0.7 DST=10.0.0.1'],
    [2, ssh('4', 'Accepted', 'bob', '10.0.0.7')],
    [8, ssh('4', 'Failed', 'bob', '10.0.0.7')],
    [3, ssh('4', 'Accepted', 'bob', '10.0.0.7')],
    [130, 'look'],
    ...Array.from({ length: 34 }, (_, user): Line => [1, `3_SSH_LOGIN_FAILURES_FOR_u${user}`])
  ],
  web: [
    [0, 'set up'],
    ...Array.from({ length: 4 }, (): Line => [7, '10.0.0.9 - - [x] "GET /a HTTP/1.1" 404 1']),
    ...Array.from({ length: 6 }, (): Line => [5, 'kernel: iptables: SRC=10.0.0.9 x']),
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
    ...Array.from(
      { length: 24 },
      (_, place): Line => [
        place % 2 === 0 ? 16 : 5,
        `x r1.net 8: %LINK-3-UPDOWN: Interface e0, changed state to ${place % 2 === 0 ? 'down' : 'up'}`
      ]
    ),
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

const packet = (fields: string): string =>
  `May 27 10:00:15 box1 kernel: iptables: IN=eth0 OUT= MAC=08:00:27:be SRC=10.6.4.14 DST=10.1.8.2 ${fields}`

/** For the examples that run Perl code. */
export const PERL_TIMELINES: typeof TIMELINES = {
  code: [
    [0, 'go 12 4'],
    [1, 'set up'],
    [1, 'make up'],
    [1, 'go 12 4'],
    [1, 'go 12 0'],
    [1, 'go myhost.mydomain x'],
    [1, 'forget'],
    [1, 'go myhost.mydomain x'],
    [1, 'go same! same'],
    [1, 'go same! same!'],
    [1, 'go risto 4'],
    [1, 'go risto risto'],
    ...Array.from({ length: 12 }, (_, place): Line => [1, `go ${place % 3} ${place % 4}`]),
    [1, 'two and three', '-'],
    [1, 'four', '-'],
    [1, 'abc from nowhere', '-'],
    [1, 'abc from a pipe', '/dev/logpipe'],
    [1, 'a def', '/dev/logpipe'],
    [1, 'a def', '/dev/logpipe'],
    [1, 'one', '-'],
    [1, 'look'],
    [3700, 'look']
  ],
  logins: [
    [0, 'set up'],
    ...[1023, 1024, 41063, 99].map(
      (port): Line => [
        1,
        `x sshd[13685]: Failed password for risto from 10.12.2.5 port ${port} ssh2`,
        'secure'
      ]
    ),
    ...[1000, 2000, ...Array.from({ length: 10 }, () => 3000), 80].map(
      (port): Line => [
        4,
        `x sshd[9]: Failed password for invalid user eve from 10.12.2.6 port ${port} ssh2`,
        'secure'
      ]
    ),
    ...['10.1.1.7', '10.1.1.9', '10.1.1.7', '10.1.1.2', '10.1.1.2'].map(
      (address): Line => [3, `x sshd[2]: Failed password for ann from ${address} port 32182 ssh2`, 'secure']
    ),
    [10, 'x sshd[2]: Accepted password for ann from 10.1.1.2 port 32182 ssh2', 'secure'],
    [10, 'x sshd[2]: Accepted publickey for ann from 10.1.1.9 port 32182 ssh2', 'secure'],
    ...Array.from(
      { length: 11 },
      (): Line => [70, 'x sshd[3]: Failed password for bob from 10.1.1.3 port 32182 ssh2', 'secure']
    ),
    [90, 'look']
  ],
  packets: [
    [0, 'set up'],
    ...Array.from(
      { length: 230 },
      (_, place): Line => [
        place % 20 === 0 ? 1 : 0,
        place % 2 === 0
          ? packet(
              `PROTO=TCP SPT=53125 DPT=23 WINDOW=49640 RES=0x00 SYN ${place % 4 === 0 ? 'FIN' : 'URGP=0'}`
            )
          : packet('PROTO=ICMP TYPE=8 CODE=0 ID=11670 SEQ=2'),
        'messages'
      ]
    ),
    ...Array.from(
      { length: 210 },
      (_, place): Line => [
        place % 30 === 0 ? 1 : 0,
        packet(`PROTO=TCP SYN ${place % 2 === 0 ? 'FIN' : 'ACK FIN'}`),
        'messages'
      ]
    ),
    [0, 'kernel: iptables', 'messages'],
    [0, packet('SYN FIN'), 'secure'],
    [3700, packet('SYN FIN'), 'messages']
  ]
}

/** Two lives: what the first one saves at its end, the second has at its start. */
export const SAVED_TIMELINE: readonly Line[] = [
  [0, 'make up'],
  [1, 'look']
]
export const RESTORED_TIMELINE: readonly Line[] = [
  [100, 'look'],
  [3000, 'look']
]

/** 27 December 2003, 01:58:20 UTC: the last Saturday of a quarter, before 2 o'clock. */
const START = 1072490300

/** The example over a timeline, with all its programs and paths replaced. */
export function manualCase(example: ManualExample, timeline: readonly Line[], programs: string): ParityCase {
  let now = START
  const lines = timeline.map(([gap, text, source = '/dev/logpipe'], place) => {
    now += gap
    const isNamed = place % 8 !== 7 || source !== '/dev/logpipe'
    return `@${now}${isNamed ? `=${source}` : ''} ${text}`
  })
  const rules = redirect(example.text, programs)
  return {
    files: [
      {
        name: 'rules1.sec',
        text: example.usesPerl
          ? `${BEFORE_PERL}${BEFORE}${rules}${AFTER_PERL}${AFTER}`
          : `${BEFORE}${rules}${AFTER}`
      },
      { name: 'rules2.sec', text: SETS }
    ],
    timeline: `@${START}\n${lines.join('\n')}\n@${now + 65}\n`,
    options: {
      intcontexts: true,
      intevents: true,
      inputs: example.usesPerl ? ['/dev/logpipe', 'messages', 'secure'] : ['/dev/logpipe'],
      runPrograms: true,
      jointbuf: false
    }
  }
}

/** Programs go to the recording ones, files to the working directory, and what is only logged is written. */
export function redirect(text: string, programs: string): string {
  return text
    .replaceAll(/\/(?:var\/(?:log|lib\/sec)|tmp)\//g, '')
    .replaceAll('/usr/local/sec/', `${programs}/`)
    .replaceAll(/\/(?:usr\/)?(?:local\/)?bin\/(mail|ping|logger|nc|tail|myscript\.pl)\b/g, `${programs}/$1`)
    .replaceAll('| mail', `| ${programs}/mail`)
    .replaceAll('logonly', 'write -')
}

/** The module that the page names. */
const SEC_STUFF = `package SecStuff;
my %seen;
sub my_match { my ($line) = @_; return 0 unless $line =~ /^go (\\S+)/; return (++$seen{$1}, join ',', map { "$_=$seen{$_}" } sort keys %seen) }
1;
`

/**
 * Writes the module, and the recording programs: each appends its name, arguments and standard input to a file that is named after
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
  writeFileSync(join(directory, 'SecStuff.pm'), SEC_STUFF)
}
