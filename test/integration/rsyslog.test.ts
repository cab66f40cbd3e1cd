import { expect, type TestContext, test } from 'vitest'
import { exampleConfig, type LogDaemon } from '../helpers/log-daemon.ts'
import { RecordFeed, recordTexts } from '../helpers/record-feed.ts'
import { requireRsyslog } from '../helpers/requirements.ts'
import { rsyslogDaemon } from '../helpers/rsyslog.ts'
import { memoryFolder } from '../helpers/scratch.ts'

const rsyslog = requireRsyslog()

const RECORDS = 10_000

/** Each record waits for its answer: on a machine that has much to do this takes its time. */
const LIMIT_MS = 120_000

interface Parts {
  readonly daemon: LogDaemon
  readonly feed: RecordFeed
}

function start(context: TestContext, example: string, config: (folder: string) => string = () => ''): Parts {
  const program = rsyslog.need(context)
  const folder = memoryFolder(context)
  const feed = new RecordFeed(folder, 'app.log', 'alerts.jsonl', '')
  const text = `${config(folder)}\n${exampleConfig(example, folder)}`
  const daemon = rsyslogDaemon(context, program, folder, text)
  daemon.start()
  return { daemon, feed }
}

test(
  'omprog, orderly restarts of either side: each record is alerted once',
  async context => {
    // The file's lines are all messages that there are.
    const { daemon, feed } = start(
      context,
      'rsyslog/correlog.conf',
      folder => `module(load="imfile")\ninput(type="imfile" file="${folder}/app.log" tag="app:")`
    )
    feed.append(RECORDS)
    await feed.alerted(daemon, 2500)
    daemon.signalCorrelog('SIGTERM')
    await feed.alerted(daemon, 5000)
    await daemon.stop()
    daemon.start()
    await feed.alerted(daemon, RECORDS)
    await daemon.stop()
    expect([...feed.alerts.uids.keys()]).toEqual(recordTexts(0, RECORDS))
    expect(feed.alerts.repeated).toEqual(new Map())
  },
  LIMIT_MS
)

test(
  'omprog, kill -9 of correlog and of rsyslogd: no record is lost',
  async context => {
    const { daemon, feed } = start(context, 'rsyslog/file.conf')
    await feed.fed(daemon, 3000)
    feed.append(1000)
    await feed.alerted(daemon, 3500)
    daemon.signalCorrelog('SIGKILL')
    await feed.fed(daemon, 6000)
    feed.append(1000)
    await feed.alerted(daemon, 6500)
    await daemon.stop('SIGKILL')
    daemon.start()
    await feed.fed(daemon, RECORDS)
    await daemon.stop()
    expect([...feed.alerts.uids.keys()]).toEqual(recordTexts(0, RECORDS))
    // rsyslog keeps its place in the file for all that it has read at once: after a kill of its own that comes again.
    const readAgain = new Set(recordTexts(6000, 1000))
    const others = [...feed.alerts.repeated.keys()].filter(text => !readAgain.has(text))
    // The record that waited for its answer when correlog was killed.
    expect(others.length).toBeLessThanOrEqual(1)
  },
  LIMIT_MS
)
