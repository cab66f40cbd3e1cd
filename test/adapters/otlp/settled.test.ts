import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createStage, type Alert, type Sink } from '../../../compose/index.ts'
import { scratchFolder } from '../../helpers/scratch.ts'
import { grpcExport } from './grpc-client.ts'
import { otlpSource, post, requestOf } from './sources.ts'

const RULE = {
  name: 'count.sec',
  text: 'type=SingleWithThreshold\nptype=RegExp\npattern=door (\\w+)\ndesc=$1\naction=alert error $1 twice\nwindow=3600\nthresh=2'
}

function memorySink(alerts: Alert[]): Sink {
  return {
    name: 'memory',
    write(given) {
      alerts.push(...given)
      return Promise.resolve()
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve()
  }
}

for (const protocol of ['grpc', 'http'] as const) {
  test(`a request that was settled succeeds again and counts once, also after a restart (${protocol})`, async context => {
    const state = join(scratchFolder(context), 'state')
    const alerts: Alert[] = []
    const send = async (address: string, body: string): Promise<boolean> =>
      protocol === 'http'
        ? (await post(address, requestOf([body]))).status === 200
        : (await grpcExport(address, requestOf([body]))).code === 0
    const duplicates: number[] = []
    for (let life = 0; life < 2; life++) {
      const { source, address } = otlpSource({ protocol })
      const stage = createStage({ rules: RULE, sources: [source], sinks: [memorySink(alerts)], state })
      context.onTestFinished(async () => void (await stage.stop()))
      await stage.start()
      expect([await send(await address, 'door front'), await send(await address, 'door front')]).toEqual([
        true,
        true
      ])
      expect(alerts).toEqual([])
      if (life === 1) {
        expect(await send(await address, 'the door front')).toBe(true)
        expect(alerts.map(({ body }) => body)).toEqual(['front twice'])
      }
      duplicates.push(stage.counters.dropped['duplicate-request'] ?? 0)
      await stage.stop()
    }
    expect(duplicates).toEqual([1, 2])
  })
}
