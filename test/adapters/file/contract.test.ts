import { appendFileSync, existsSync, readFileSync, renameSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { FileSink } from '../../../adapters/file/sink.ts'
import { FileSource } from '../../../adapters/file/source.ts'
import { wallClock } from '../../../adapters/wall-clock.ts'
import { scratchFolder } from '../../helpers/scratch.ts'
import { contractFormat, linesOnce, sinkContract } from '../contract/sink.ts'
import { contractCodec, MAX_LINE_BYTES, sourceContract } from '../contract/source.ts'

const FOLLOWED = { reason: 'who follows a file waits for more', tests: ['it ends at the end of what comes'] }

for (const follow of [true, false]) {
  sourceContract(follow ? 'file, followed' : 'file, once', {
    subject: context => {
      const path = join(scratchFolder(context), 'in.log')
      appendFileSync(path, '')
      return {
        create: () =>
          new FileSource({
            name: 'in',
            path,
            codec: contractCodec,
            follow,
            startAt: 'beginning',
            maxLineBytes: MAX_LINE_BYTES,
            clock: wallClock
          }),
        feed: lines => appendFileSync(path, lines.map(line => `${line}\n`).join(''), 'latin1'),
        end: () => {}
      }
    },
    skip: follow
      ? [FOLLOWED]
      : [{ reason: 'it ends at the end that it finds', tests: ['what comes while it waits is read'] }]
  })
}

sinkContract('file', {
  subject: context => {
    const folder = join(scratchFolder(context), 'folder')
    const path = join(folder, 'alerts.jsonl')
    mkdirSync(folder)
    return {
      create: () => new FileSink({ name: 'out', path, format: contractFormat, clock: wallClock }),
      lines: count => linesOnce(count, () => (existsSync(path) ? linesOf(path) : [])),
      break: () => renameSync(folder, `${folder}.gone`),
      mend: () => renameSync(`${folder}.gone`, folder)
    }
  },
  skip: []
})

function linesOf(path: string): string[] {
  return readFileSync(path, 'latin1').split('\n').slice(0, -1)
}
