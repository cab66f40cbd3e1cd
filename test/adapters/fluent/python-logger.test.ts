import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { requireFluentLogger } from '../../helpers/requirements.ts'
import { bodies, open } from '../contract/source.ts'
import { fluentSource, portOf } from './peers.ts'

/** Sends ten events, each a message of its own, half of them with nanoseconds. */
const CLIENT = `
import sys
from fluent import sender, event
for nanosecond in (False, True):
    logger = sender.FluentSender('app', host='127.0.0.1', port=int(sys.argv[1]), nanosecond_precision=nanosecond)
    for number in range(5):
        time = 1500000000.25 + number if nanosecond else 1500000000 + number
        if not logger.emit_with_time('log', time, {'message': 'line %d \\u00e9' % number, 'raw': b'\\xff', 'n': number}):
            sys.exit(str(logger.last_error))
    logger.close()
`

test('fluent-logger of Python is heard', async context => {
  const modules = requireFluentLogger().need(context)
  const { source, log } = fluentSource()
  const reading = open(context, source)
  const first = reading.next()
  const client = spawn('python3', ['-c', CLIENT, String(await portOf(source))], {
    env: { ...process.env, PYTHONPATH: modules },
    stdio: ['ignore', 'ignore', 'inherit']
  })
  context.onTestFinished(() => void client.kill('SIGKILL'))
  const exit = once(client, 'exit')
  const batch = await first
  const rest = await reading.untilRecords(10 - (batch?.records.length ?? 0))
  const batches = batch === undefined ? rest : [batch, ...rest]
  expect((await exit)[0]).toBe(0)
  expect(bodies(batches)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4].map(number => `line ${number} \xc3\xa9`))
  const records = batches.flatMap(each => each.records)
  expect(records.map(({ timestamp }) => (timestamp ?? 0) % 5000)).toEqual([
    0, 1000, 2000, 3000, 4000, 250, 1250, 2250, 3250, 4250
  ])
  expect(records.every(({ tag, attributes }) => tag === 'app.log' && attributes['raw'] === '\xff')).toBe(true)
  expect(log).toEqual([])
})
