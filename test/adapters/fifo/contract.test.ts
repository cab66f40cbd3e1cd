import { FifoSink } from '../../../adapters/fifo/sink.ts'
import { FifoSource } from '../../../adapters/fifo/source.ts'
import { wallClock } from '../../../adapters/wall-clock.ts'
import { FifoTail, FifoWriter, makeFifo } from '../../helpers/fifo.ts'
import { contractFormat, linesOnce, sinkContract } from '../contract/sink.ts'
import { contractCodec, MAX_LINE_BYTES, sourceContract } from '../contract/source.ts'

sourceContract('FIFO', {
  subject: context => {
    const path = makeFifo(context)
    const writer = new FifoWriter(context, path)
    return {
      create: () =>
        new FifoSource({
          name: 'in',
          path,
          codec: contractCodec,
          follow: false,
          maxLineBytes: MAX_LINE_BYTES,
          clock: wallClock
        }),
      feed: lines => writer.write(lines),
      end: () => writer.close()
    }
  },
  skip: [
    {
      reason: 'what was read of a FIFO comes only once',
      tests: [
        'positions are JSON',
        'another source goes on behind a position, with the same ids',
        'what was not settled is given again, with the same ids'
      ]
    }
  ]
})

sinkContract('FIFO', {
  subject: context => {
    const path = makeFifo(context)
    const reader = new FifoTail(context, path)
    reader.attach()
    return {
      create: () => new FifoSink({ name: 'out', path, format: contractFormat, clock: wallClock }),
      lines: count => linesOnce(count, () => reader.lines),
      break: () => reader.detach(),
      mend: () => reader.attach()
    }
  },
  skip: [
    {
      reason: 'what a FIFO has delivered nobody can look up',
      tests: ['another sink knows what was delivered']
    }
  ]
})
