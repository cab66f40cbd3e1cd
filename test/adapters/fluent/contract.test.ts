import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { scratchFolder } from '../../helpers/scratch.ts'
import { linesOnce, sinkContract } from '../contract/sink.ts'
import { sourceContract } from '../contract/source.ts'
import { pack } from './bytes.ts'
import { FluentdLike } from './fluentd-like.ts'
import { fluentSink, fluentSource } from './peers.ts'

/** Sends lines as one request, as soon as there is a source. */
async function send(
  context: TestContext,
  path: string,
  lines: readonly string[],
  chunk: string
): Promise<void> {
  const entries = lines.map(line => pack([1, { log: Buffer.from(line, 'latin1') }]))
  const socket = connect({ path })
  context.onTestFinished(() => void socket.destroy())
  const isConnected = await new Promise<boolean>(resolve => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  })
  if (isConnected) {
    socket.write(pack(['app.log', Buffer.concat(entries), { chunk }]))
    return
  }
  await sleep(5)
  await send(context, path, lines, chunk)
}

sourceContract('Fluent', {
  subject: context => {
    const path = join(scratchFolder(context), 'fluent.sock')
    let chunks = 0
    return {
      create: () => fluentSource({ address: path }).source,
      feed: lines => send(context, path, lines, `chunk ${chunks++}`),
      end: () => {}
    }
  },
  skip: [
    {
      reason: 'what its client has an answer for it does not send again',
      tests: [
        'positions are JSON',
        'another source goes on behind a position, with the same ids',
        'what was not settled is given again, with the same ids'
      ]
    },
    { reason: 'clients may always come', tests: ['it ends at the end of what comes'] },
    {
      reason: 'entries are no lines: requests.test.ts has what is none',
      tests: [
        'what is no record is dead, and what stands around it is read',
        'a line that is too long is dead, and the next one is read'
      ]
    }
  ]
})

sinkContract('Fluent', {
  subject: async context => {
    const server = await FluentdLike.start(context)
    return {
      create: () => fluentSink(context, [server.address]),
      lines: count => linesOnce(count, () => server.entries.map(contractLine)),
      break: () => server.stop(),
      mend: () => server.listen()
    }
  },
  skip: [
    {
      reason: 'texts are UTF-8 there: other bytes come out as U+FFFD',
      tests: ['bytes are kept as they are']
    },
    {
      reason: 'what a server was sent nobody can look up',
      tests: ['another sink knows what was delivered']
    }
  ]
})

function contractLine({ record }: FluentdLike['entries'][number]): string {
  const { message, 'log.record.uid': uid } = record
  return `{"timestamp":"x","body":"${String(message)}","attributes":{"log.record.uid":"${String(uid)}"}}`
}
