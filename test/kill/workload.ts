import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import type { RuleFile } from '../parity/case.ts'
import { Random } from '../parity/rule-files/random.ts'

/** Rules, and records for them, which are the same each time. */
export interface Workload {
  readonly files: readonly RuleFile[]
  readonly records: (count: number, seed: number) => Iterable<Entry>
  /** The context of the records' source. */
  readonly context?: string
}

/**
 * Rules of every type that remembers something, whose alerts come from records, from windows and contexts that end, and
 * from the calendar. Some alerts are notifications of an unmodified kind.
 */
export const RULES = `# Three failures of a user within five minutes.
type=SingleWithThreshold
ptype=RegExp
pattern=login failed for (\\S+) from (\\S+)
continue=TakeNext
desc=failures of $1
action=alert error three failures of $1, the first from $2
window=300
thresh=3

# The rate of a host's failures, and that it has fallen again.
type=SingleWith2Thresholds
ptype=RegExp
pattern=login failed for \\S+ from (\\S+)
continue=TakeNext
desc=rate of $1
action=alert warning many failures from $1
window=60
thresh=8
desc2=rate of $1 is normal
action2=alert info fewer failures from $1
window2=60
thresh2=2

# What each host did is gathered and told when it has been quiet for a minute and a half.
type=Single
ptype=RegExp
pattern=login failed for (\\S+) from (\\S+)
continue=TakeNext
desc=gather $2
action=add GATHER_$2 $1; set GATHER_$2 90 ( report GATHER_$2 /bin/mail root )

type=Pair
ptype=RegExp
pattern=session (\\d+) opened for (\\S+)
desc=session $1
action=logonly session $1 opened
ptype2=RegExp
pattern2=session $1 closed
desc2=session %1 of %2
action2=alert info session %1 of %2 was short
window=40

type=PairWithWindow
ptype=RegExp
pattern=request (\\d+) sent
desc=request $1
action=alert error request $1 had no response
ptype2=RegExp
pattern2=response to $1\\b
desc2=response to %1
action2=none
window=20

type=EventGroup2
ptype=RegExp
pattern=disk (\\S+) slow
ptype2=RegExp
pattern2=disk (\\S+) full
continue2=TakeNext
desc=disk $1
count=none
init=tevent 20 disk $1 looked at
action=pipe 'disk $1 is slow and full' /bin/mail root
end=alert notice disk $1 is watched no longer
window=100
thresh=2
thresh2=1

type=SingleWithSuppress
ptype=RegExp
pattern=disk (\\S+) (?:full|looked at)
desc=disk $1 reported
action=alert warning %s
window=240

type=Calendar
time=* * * * *
desc=the minute
action=assign %minutes %t; alert debug a minute has passed
`

/** Of the rules above. */
export const WORKLOAD: Workload = { files: [{ name: 'rules.sec', text: RULES }], records }

/** Milliseconds since Epoch of the first record. */
export const START = Date.UTC(2026, 2, 1, 8, 0, 0)

export interface Entry {
  /** Milliseconds since Epoch. */
  readonly timestamp: number
  readonly body: string
}

/** Records in the order of their time, about thirty a second of their time. */
export function* records(count: number, seed: number): Generator<Entry> {
  const random = new Random(seed)
  const below = (limit: number): number => random.below(limit)
  let time = START
  let session = 1
  let request = 1
  for (let index = 0; index < count; index++) {
    time += below(67)
    const kind = below(100)
    let body: string
    if (kind < 45) body = `login failed for user${below(3000)} from host${below(40)}`
    else if (kind < 60) body = `session ${session++} opened for user${below(3000)}`
    else if (kind < 68) body = `session ${Math.max(1, session - 1 - below(600))} closed`
    else if (kind < 80) body = `request ${request++} sent`
    else if (kind < 92) body = `response to ${Math.max(1, request - 1 - below(40))}`
    else if (kind < 94) body = `disk sd${below(30)} slow`
    else if (kind < 95) body = `disk sd${below(30)} full`
    else body = `nothing of interest ${below(1_000_000)}`
    yield { timestamp: time, body }
  }
}

export async function writeRecords(path: string, entries: Iterable<Entry>): Promise<void> {
  const file = createWriteStream(path)
  for (const record of entries) {
    if (!file.write(`${JSON.stringify(record)}\n`)) await once(file, 'drain')
  }
  file.end()
  await finished(file)
}

/** The same as a timeline of `correlog replay`. */
export async function writeTimeline(path: string, entries: Iterable<Entry>): Promise<void> {
  const file = createWriteStream(path)
  for (const { timestamp, body } of entries) {
    if (!file.write(`@${Math.floor(timestamp / 1000)} ${body}\n`)) await once(file, 'drain')
  }
  file.end()
  await finished(file)
}
