import { linesOnce, sinkContract } from '../contract/sink.ts'
import { Receiver } from './receiver.ts'

for (const [name, protocol, encoding] of [
  ['gRPC', 'grpc', 'protobuf'],
  ['HTTP, protobuf', 'http', 'protobuf'],
  ['HTTP, JSON', 'http', 'json']
] as const) {
  sinkContract(`OTLP over ${name}`, {
    subject: async context => {
      const receiver = new Receiver(context, protocol)
      await receiver.start()
      // As `contractFormat` writes them.
      const line = (body: unknown, uid: unknown): string =>
        `{"timestamp":"x","body":"${String(body)}","attributes":{"log.record.uid":"${String(uid)}"}}`
      return {
        create: () => receiver.sink({ encoding }),
        lines: count =>
          linesOnce(count, () =>
            receiver.records.map(({ body, attributes }) => line(body, attributes['log.record.uid']))
          ),
        break: () => receiver.stop(),
        mend: () => receiver.start()
      }
    },
    skip: [
      { reason: 'OTLP carries characters', tests: ['bytes are kept as they are'] },
      {
        reason: 'what a receiver has taken nobody can look up',
        tests: ['another sink knows what was delivered']
      }
    ]
  })
}
