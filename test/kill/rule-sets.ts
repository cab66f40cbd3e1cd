import {
  FIRST_RULES,
  INPUT_CONTEXT,
  iptables,
  login,
  MANUAL_SECTION,
  missingRules,
  readRules,
  scan,
  snort,
  sshd
} from '../integration/community-cases.ts'
import { Random } from '../parity/rule-files/random.ts'
import { type Entry, START, type Workload } from './workload.ts'

/**
 * Rule sets that people use, with what the manual shows of Perl code, as they are: state of theirs is in Perl hashes, in
 * entries of the match cache, in contexts and in operations. Their notifications are alerts.
 * @throws where they are missing
 */
export function ruleSetWorkload(): Workload {
  if (missingRules.length > 0) throw new Error(`${missingRules.join(' and ')} missing in ../shared`)
  const rules = ['portscan.sec', 'snort.sec', 'ssh.sec', MANUAL_SECTION].flatMap(file => readRules(file))
  return {
    files: [{ name: 'first.sec', text: FIRST_RULES }, ...rules],
    records: ruleSetRecords,
    context: INPUT_CONTEXT
  }
}

function* ruleSetRecords(count: number, seed: number): Generator<Entry> {
  const lines = ruleSetLines(seed)
  let time = START
  const random = new Random(seed + 1)
  for (let index = 0; index < count; index++) {
    const { text, isAtOnce } = lines.next().value
    if (!isAtOnce) time += random.below(500)
    yield { timestamp: time, body: text }
  }
}

/** Lines that never end, for each of the rule sets; some come at once with those before them. */
export function* ruleSetLines(
  seed: number
): Generator<{ readonly text: string; readonly isAtOnce: boolean }, never> {
  const random = new Random(seed)
  const below = (limit: number): number => random.below(limit)
  for (;;) {
    yield { text: lineOf(random), isAtOnce: false }
    if (below(300) > 0) continue
    // A flood, which may be too small for an alert.
    const from = below(200)
    const flags = random.pick(['SYN', 'SYN FIN', 'SYN ACK'])
    for (let left = 60 + below(90); left > 0; left--) {
      yield { text: iptables(from, `TCP SPT=${below(60_000)} DPT=23 ${flags}`), isAtOnce: true }
    }
  }
}

function lineOf(random: Random): string {
  const below = (limit: number): number => random.below(limit)
  switch (random.weighted({ scan: 30, snort: 20, prepare: 3, login: 16, error: 14, other: 17 })) {
    case 'scan':
      return scan(below(6), below(14), 22 + below(2))
    case 'snort':
      return snort(`203.0.113.${below(90)}`, `198.51.100.${below(20)}`, 1 + below(3), `probe ${below(4)}`)
    case 'prepare':
      return `prepare ATTACK_FROM_203.0.113.${below(90)}`
    case 'login': {
      const user = random.pick(['joe', 'ann', 'eve', `invalid user u${below(9)}`])
      const status = random.chance(0.8) ? 'Failed' : 'Accepted'
      return login(status, user, below(12), random.pick([22, 4242, 4243]))
    }
    case 'error': {
      const text = random.pick([
        'error: bind: Address already in use',
        `error: channel_setup_fwd_listener: cannot listen to port: ${8080 + below(3)}`,
        'fatal: Timeout before authentication'
      ])
      return sshd(100 + below(40), `[ID 800047 auth.error] ${text}`)
    }
    case 'other':
      return random.pick(['nothing to see', iptables(1, 'ICMP TYPE=8 CODE=0'), `nothing ${below(1000)}`])
  }
}
