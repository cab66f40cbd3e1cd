import { PassThrough } from 'node:stream'
import { StdoutSink } from '../../../adapters/stdio/sink.ts'
import { StdinSource } from '../../../adapters/stdio/source.ts'
import { StandardOutput } from '../../../adapters/stdio/standard-output.ts'
import { wallClock } from '../../../adapters/wall-clock.ts'
import { FifoTail, FifoWriter, makeFifo } from '../../helpers/fifo.ts'
import { contractFormat, linesOnce, sinkContract } from '../contract/sink.ts'
import { contractCodec, MAX_LINE_BYTES, sourceContract } from '../contract/source.ts'

sourceContract('standard input', {
  subject: () => {
    const stdin = new PassThrough()
    return {
      create: () =>
        new StdinSource({
          name: 'stdin',
          codec: contractCodec,
          maxLineBytes: MAX_LINE_BYTES,
          clock: wallClock,
          confirm: undefined,
          stdin: () => stdin
        }),
      feed: lines => void stdin.write(lines.map(line => `${line}\n`).join(''), 'latin1'),
      end: () => void stdin.end()
    }
  },
  skip: [
    {
      reason: 'what was read of standard input comes only once',
      tests: [
        'positions are JSON',
        'another source goes on behind a position, with the same ids',
        'what was not settled is given again, with the same ids'
      ]
    }
  ]
})

sinkContract('standard output', {
  subject: context => {
    const path = makeFifo(context)
    const reader = new FifoTail(context, path)
    reader.attach()
    const output = new FifoWriter(context, path)
    return {
      create: () =>
        new StdoutSink({
          name: 'stdout',
          format: contractFormat,
          output: new StandardOutput(wallClock, output.fd)
        }),
      lines: count => linesOnce(count, () => reader.lines),
      break: () => {},
      mend: () => {}
    }
  },
  skip: [
    {
      reason: 'nobody who has gone from standard output comes back: the stage fails',
      tests: ['what could not be written is written when it is given again, once']
    },
    {
      reason: 'what standard output has delivered nobody can look up',
      tests: ['another sink knows what was delivered']
    }
  ]
})
