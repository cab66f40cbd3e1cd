import { expect, type TestContext, test } from 'vitest'
import { exampleConfig, type LogDaemon } from '../helpers/log-daemon.ts'
import { RecordFeed, recordTexts } from '../helpers/record-feed.ts'
import { requireSyslogNg } from '../helpers/requirements.ts'
import { memoryFolder } from '../helpers/scratch.ts'
import { syslogNgDaemon } from '../helpers/syslog-ng.ts'

const syslogNg = requireSyslogNg()

const RECORDS = 10_000
const LIMIT_MS = 120_000

const PIPE_BYTES = 65_536
/** Bytes of a line of JSON, at least. */
const SHORTEST_ALERT = 500

interface Parts {
  readonly daemon: LogDaemon
  readonly feed: RecordFeed
}

/** From a file through syslog-ng to correlog. */
function startDestination(context: TestContext): Parts {
  const program = syslogNg.need(context)
  const folder = memoryFolder(context)
  const feed = new RecordFeed(folder, 'app.log', 'alerts.jsonl', '<13>Nov 24 12:00:00 gate app: ')
  const input = `source s_src { file("${feed.path}" follow-freq(0.1)); };`
  const config = `${input}\n${exampleConfig('syslog-ng/correlog.conf', folder)}`
  const daemon = syslogNgDaemon(context, program, folder, config)
  daemon.start()
  return { daemon, feed }
}

/** From a file through correlog to syslog-ng, which writes the alerts as they come. */
function startSource(context: TestContext): Parts {
  const program = syslogNg.need(context)
  const folder = memoryFolder(context)
  const feed = new RecordFeed(folder, 'auth.log', 'correlog-alerts.log', 'Nov 24 12:00:00 gate app: ')
  const example = exampleConfig('syslog-ng/alerts.conf', folder)
  const config = example.replace(/template\("[^"]*"\)/, 'template("$MSG\\n")')
  const daemon = syslogNgDaemon(context, program, folder, config)
  daemon.start()
  return { daemon, feed }
}

async function startedAgain(daemon: LogDaemon): Promise<void> {
  const before = daemon.correlogPids.length
  await daemon.running.until(() => daemon.correlogPids.length > before, 'correlog to be started again')
}

test(
  'program() as a destination, orderly restarts of either side: each record is alerted once',
  async context => {
    const { daemon, feed } = startDestination(context)
    feed.append(5000)
    await feed.alerted(daemon, 2500)
    daemon.signalCorrelog('SIGTERM')
    await startedAgain(daemon)
    await feed.alerted(daemon, 5000)
    feed.append(2500)
    await feed.alerted(daemon, 6000)
    const pids = daemon.correlogPids
    daemon.running.signal('SIGHUP')
    await feed.alerted(daemon, 7500)
    // A reload goes on with the same process.
    expect(daemon.correlogPids).toEqual(pids)
    await daemon.stop()
    daemon.start()
    feed.append(2500)
    await feed.alerted(daemon, RECORDS)
    await daemon.stop()
    expect([...feed.alerts.uids.keys()]).toEqual(recordTexts(0, RECORDS))
    expect(feed.alerts.repeated).toEqual(new Map())
  },
  LIMIT_MS
)

test(
  'program() as a destination: kill -9 of syslog-ng loses nothing of a file, that of correlog what was in the pipe',
  async context => {
    const { daemon, feed } = startDestination(context)
    feed.append(2500)
    await feed.alerted(daemon, 1000)
    await daemon.stop('SIGKILL')
    daemon.start()
    await feed.alerted(daemon, 2500)
    expect([...feed.alerts.uids.keys()]).toEqual(recordTexts(0, 2500))

    feed.append(3500)
    await feed.alerted(daemon, 4000)
    daemon.signalCorrelog('SIGKILL')
    await startedAgain(daemon)
    feed.append(4000)
    await daemon.running.until(() => feed.alerts.uids.has(`record ${RECORDS}`), 'the last record')
    await daemon.stop()
    const { uids } = feed.alerts
    const lost = recordTexts(0, RECORDS).filter(text => !uids.has(text))
    // What syslog-ng had written and correlog not settled: one piece, and nothing of what came later.
    const [first = 0, last = 0] = [lost.at(0), lost.at(-1)].map(text => Number(text?.slice(7)))
    expect(lost).toEqual(recordTexts(first - 1, lost.length))
    expect(first).toBeGreaterThan(4000)
    expect(last).toBeLessThanOrEqual(6000)
  },
  LIMIT_MS
)

test(
  'program() as a source, orderly restarts of either side: at most what a pipe holds of alerts is lost',
  async context => {
    const { daemon, feed } = startSource(context)
    feed.append(5000)
    await feed.alerted(daemon, 2500)
    daemon.signalCorrelog('SIGTERM')
    await startedAgain(daemon)
    await feed.alerted(daemon, 5000)
    expect([...feed.alerts.uids.keys()].sort()).toEqual(recordTexts(0, 5000).sort())

    feed.append(2500)
    await feed.alerted(daemon, 6000)
    await daemon.stop()
    daemon.start()
    feed.append(2500)
    const { alerts } = feed
    await daemon.running.until(() => alerts.uids.has(`record ${RECORDS}`), 'the last record')
    await daemon.stop()
    // What was in the pipe when syslog-ng went, if it was settled by then: correlog can't know that nobody will read it.
    const lost = recordTexts(0, RECORDS).filter(text => !alerts.uids.has(text))
    expect(lost.length * SHORTEST_ALERT).toBeLessThanOrEqual(PIPE_BYTES)
    // If it was not settled it comes again, as the same alerts.
    for (const again of alerts.repeated.values()) expect(new Set(again).size).toBe(1)
  },
  LIMIT_MS
)
