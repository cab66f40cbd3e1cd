// Seeded syslog lines and rules, the same in every run.

/** Mulberry32. @returns {() => number} numbers in [0, 1) */
export function random(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const templates = [
  n => `sshd[${n}]: Accepted publickey for user${n % 40} from 10.0.${n % 7}.${n % 250} port ${1024 + n} ssh2`,
  n => `sshd[${n}]: Connection closed by 10.0.${n % 7}.${n % 250} port ${1024 + n} [preauth]`,
  n => `systemd[1]: Started session-${n}.scope - Session ${n} of User user${n % 40}.`,
  n => `kernel: [${n}.${n % 1000}] eth0: renamed from veth${n.toString(16)}`,
  n => `CRON[${n}]: (root) CMD (test -x /usr/sbin/anacron || run-parts --report /etc/cron.hourly)`,
  n => `postfix/smtpd[${n}]: connect from mail${n % 30}.example.org[192.0.2.${n % 250}]`,
  n =>
    `postfix/qmgr[${n}]: ${n.toString(16).toUpperCase()}: from=<user${n % 40}@example.org>, size=${n}, nrcpt=1 (queue active)`,
  n =>
    `nginx: 10.0.${n % 7}.${n % 250} - - "GET /item/${n} HTTP/1.1" 200 ${n * 3} "-" "Mozilla/5.0 (X11; Linux x86_64)"`,
  n => `dhclient[${n}]: DHCPACK of 10.0.${n % 7}.${n % 250} from 10.0.0.1 (xid=0x${n.toString(16)})`,
  n => `dockerd[${n}]: level=info msg="ignoring event" container=${n.toString(16)} module=libcontainerd`
]

/** One syslog line; one in a hundred is a failed login, which the threshold rule counts. */
export function syslogLine(next, index) {
  const second = String(Math.floor(index / 1000) % 60).padStart(2, '0')
  const minute = String(Math.floor(index / 60000) % 60).padStart(2, '0')
  const head = `Nov 24 12:${minute}:${second} host${Math.floor(next() * 20)}`
  const n = Math.floor(next() * 30000) + 1
  if (next() < 0.01)
    return `${head} sshd[${n}]: Failed password for user${n % 40} from 10.0.${n % 7}.${n % 250} port ${1024 + n} ssh2`
  return `${head} ${templates[Math.floor(next() * templates.length)](n)}`
}

const things = ['disk', 'fan', 'link', 'quota', 'replica', 'lease', 'volume', 'battery', 'tunnel', 'shard']

/** `count` rules, none of which can match a line of `syslogLine`, and one threshold rule that sometimes does. */
export function ruleFile(count) {
  const rules = Array.from({ length: count }, (_, index) => {
    const thing = things[index % things.length]
    return `type=Single
ptype=RegExp
pattern=daemon${index}\\[(\\d+)\\]: (?:error|failure): ${thing} (\\S+) is (\\w+)
desc=${thing} $2 is $3
action=write - %s
`
  })
  rules.push(`type=SingleWithThreshold
ptype=RegExp
pattern=sshd\\[\\d+\\]: Failed (\\S+) for (\\S+) from (\\S+) port \\d+
desc=failed logins of $2
action=write - ALERT %s
window=3600
thresh=3
`)
  return rules.join('\n')
}

/** One record of a web server as an object for JSON, of about 350 bytes; one in a hundred is a failure. */
export function requestRecord(next, index) {
  const failed = next() < 0.01
  return {
    timestamp: Date.UTC(2026, 10, 24, 11, 30) + index,
    severity_text: failed ? 'ERROR' : 'INFO',
    severity_number: failed ? 17 : 9,
    body: `GET /item/${Math.floor(next() * 30000)} took ${Math.floor(next() * 900)} ms`,
    trace_id: Array.from({ length: 4 }, () =>
      Math.floor(next() * 2 ** 32)
        .toString(16)
        .padStart(8, '0')
    ).join(''),
    attributes: {
      'http.request.method': 'GET',
      'http.status': failed ? 503 : 200,
      'url.path': `/item/${Math.floor(next() * 30000)}`,
      'user.name': `user${Math.floor(next() * 40)}`
    },
    resource: { 'service.name': 'shop', 'host.name': `host${Math.floor(next() * 20)}` }
  }
}
