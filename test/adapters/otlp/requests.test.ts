import { expect, test } from 'vitest'
import type { Answer } from '../../../adapters/otlp/answer.ts'
import { readLogsRequest } from '../../../adapters/otlp/read-logs-request.ts'
import { OtlpRequests } from '../../../adapters/otlp/requests.ts'
import type { Batch } from '../../../plugin/adapter.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { requestOf } from './sources.ts'

test('requests wait as they came, and are decoded when they are asked for', async () => {
  const refused: string[] = []
  const clock = new ManualClock()
  const requests = new OtlpRequests({
    source: 'otlp',
    clock,
    answerWithinMs: 3000,
    maxWaitingBytes: 1000,
    onRefused: reason => refused.push(reason)
  })
  const decoded: string[] = []
  const answers: Answer[] = []
  const send = (bytes: Buffer, name: string): void => {
    const answer = requests.answer(bytes, (given, context) => {
      decoded.push(name)
      return readLogsRequest(given, context)
    })
    void answer.then(each => answers.push(each))
  }
  send(Buffer.from('plain'), 'damaged')
  send(Buffer.alloc(0), 'empty')
  send(requestOf(['x']), 'good')
  const came = clock.now()
  await clock.advance(10)
  expect([decoded, requests.waitingBytes]).toEqual([[], 5 + requestOf(['x']).length])
  const batches = requests.batches(new AbortController().signal)
  const { value: batch } = (await batches.next()) as IteratorResult<Batch, undefined>
  expect([decoded, requests.waitingBytes]).toEqual([['damaged', 'empty', 'good'], 0])
  expect(batch?.records).toMatchObject([{ body: 'x', observedTimestamp: came }])
  await batch?.ack()
  await clock.advance(0)
  expect(answers).toMatchObject([
    { kind: 'invalid', message: refused[0] },
    { type: 'success' },
    { type: 'success' }
  ])
  expect(refused).toHaveLength(1)
})
