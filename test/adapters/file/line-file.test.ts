import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FileDeadLetters } from '../../../adapters/file/dead-letters.ts'
import { FileSink } from '../../../adapters/file/sink.ts'
import { wallClock } from '../../../adapters/wall-clock.ts'
import { alertNumber, contractFormat } from '../contract/sink.ts'

const never = new AbortController().signal

const [one, two] = [1, 2].map(number => `${contractFormat(alertNumber(number))}\n`) as [string, string]

test.each([
  { what: 'a line of ours that was torn is cut off', before: one + two.slice(0, 30), after: one + two },
  { what: 'the beginning of such a line, too', before: '{"tim', after: two },
  { what: 'a line of somebody else is ended', before: 'their words', after: `their words\n${two}` },
  { what: 'whole lines stay', before: one, after: one + two }
])('at the end of the file: $what', async ({ before, after }) => {
  await inFolder(async path => {
    writeFileSync(path, before)
    const sink = createSink(path)
    await sink.open()
    await sink.write([alertNumber(2)], never)
    await sink.close()
    expect(readFileSync(path, 'latin1')).toBe(after)
  })
})

test('when the name stands for another file, that is written to', async () => {
  await inFolder(async path => {
    const sink = createSink(path)
    await sink.open()
    await sink.write([alertNumber(1)], never)
    renameSync(path, `${path}.1`)
    await sink.write([alertNumber(2)], never)
    await sink.close()
    expect(readFileSync(`${path}.1`, 'latin1')).toBe(one)
    expect(readFileSync(path, 'latin1')).toBe(two)
  })
})

test('a device takes all, and nothing is looked for in it', async () => {
  const sink = createSink('/dev/null')
  await sink.open()
  expect(await sink.delivered()).toEqual(new Set())
  await sink.write([alertNumber(1)], never)
  await sink.flush()
  await sink.close()
})

test('a full device is waited for', async () => {
  const sink = createSink('/dev/full')
  await sink.open()
  await expect(sink.write([alertNumber(1)], never)).rejects.toMatchObject({ retryable: true })
  await sink.close()
})

test('what is neither is refused, and the error says what was expected', async () => {
  const sink = createSink(tmpdir())
  await expect(sink.open()).rejects.toMatchObject({ retryable: false })
  await inFolder(async path => {
    execFileSync('mkfifo', [path])
    await expect(createSink(path).open()).rejects.toMatchObject({
      retryable: false,
      message: expect.stringMatching(
        /is no regular file; expected one, or a device such as \/dev\/null$/
      ) as string
    })
  })
})

test('dead letters are lines of JSON whose characters are bytes', async () => {
  await inFolder(async path => {
    const letters = new FileDeadLetters({ name: 'dead', path, format: contractFormat, clock: wallClock })
    const record = {
      id: 'file:1:2',
      source: 'in',
      reason: 'no JSON',
      code: 'json-syntax',
      value: 'caf\xe9\0'
    }
    await letters.write([{ type: 'record', record, time: 5 }], never)
    await letters.write(
      [{ type: 'alert', alert: alertNumber(1), sink: 'out', reason: 'too large', time: 6 }],
      never
    )
    await letters.flush()
    await letters.close()
    const text = readFileSync(path, 'latin1')
    expect(text).toMatch(/^[\x20-\x7e\n]*$/)
    expect(
      text
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line) as unknown)
    ).toEqual([
      { reason: 'no JSON', code: 'json-syntax', source: 'in', id: 'file:1:2', time: 5, value: 'caf\xe9\0' },
      {
        reason: 'too large',
        code: 'alert-refused',
        sink: 'out',
        id: alertNumber(1).uid,
        time: 6,
        value: JSON.parse(one) as unknown
      }
    ])
  })
})

function createSink(path: string): FileSink {
  return new FileSink({ name: 'out', path, format: contractFormat, clock: wallClock })
}

async function inFolder(run: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'correlog-test-'))
  try {
    await run(join(folder, 'lines.jsonl'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
