import { sourceContract } from '../contract/source.ts'
import { grpcExport } from './grpc-client.ts'
import { otlpSource, post, requestOf, type StartedSource } from './sources.ts'

const LINES_PER_REQUEST = 500

const SKIP = [
  {
    reason: 'a request comes again from who sent it, not from a position',
    tests: [
      'positions are JSON',
      'another source goes on behind a position, with the same ids',
      'what was not settled is given again, with the same ids'
    ]
  },
  {
    reason: 'a server has no end but a stop',
    tests: ['it ends at the end of what comes']
  },
  {
    reason: 'records come decoded: there are neither lines nor a codec',
    tests: [
      'what is no record is dead, and what stands around it is read',
      'a line that is too long is dead, and the next one is read'
    ]
  }
]

for (const protocol of ['grpc', 'http'] as const) {
  sourceContract(`OTLP over ${protocol}`, {
    subject: () => {
      let started: StartedSource | undefined
      return {
        create: () => {
          // Who does not settle at once makes its senders wait.
          started = otlpSource({ protocol, answerWithinMs: 200 })
          return started.source
        },
        feed: async lines => {
          const address = await (started as StartedSource).address
          for (let start = 0; start < lines.length; start += LINES_PER_REQUEST) {
            const request = requestOf(lines.slice(start, start + LINES_PER_REQUEST))
            await (protocol === 'http' ? post(address, request) : grpcExport(address, request))
          }
        },
        end: () => {}
      }
    },
    skip: SKIP
  })
}
