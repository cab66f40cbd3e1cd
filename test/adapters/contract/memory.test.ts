import { AdapterError } from '../../../plugin/adapter.ts'
import type { Alert } from '../../../plugin/alert.ts'
import { MemoryLog, MemorySink, MemorySource } from '../../helpers/memory-adapters.ts'
import { contractFormat, linesOnce, sinkContract } from './sink.ts'
import { sourceContract } from './source.ts'

sourceContract('memory', {
  subject: () => {
    const log = new MemoryLog()
    return {
      create: () => new MemorySource({ log, batchSize: 1000, isBad: line => line.startsWith('bad') }),
      feed: lines => log.push(...lines),
      end: () => log.end()
    }
  },
  skip: [
    {
      reason: 'lines have no limit there',
      tests: ['a line that is too long is dead, and the next one is read']
    }
  ]
})

sinkContract('memory', {
  subject: () => {
    const alerts: Alert[] = []
    let isBroken = false
    const fault = (): Error | undefined =>
      isBroken ? new AdapterError('broken', { code: 'TEST', retryable: true }) : undefined
    return {
      create: () => new MemorySink({ alerts, fault, knowsDelivered: true }),
      lines: count => linesOnce(count, () => alerts.map(contractFormat)),
      break: () => {
        isBroken = true
      },
      mend: () => {
        isBroken = false
      }
    }
  },
  skip: []
})
