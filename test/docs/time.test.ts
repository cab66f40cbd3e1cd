import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lineRecord } from '../../plugin/record.ts'
import { parseTimeline } from '../../plugin/replay/timeline.ts'
import { RecordMerge } from '../../plugin/stage/merge.ts'
import { IdleClock } from '../../plugin/time/idle-clock.ts'
import { RecordClock } from '../../plugin/time/record-clock.ts'
import { recordedCorrelator } from '../helpers/correlation.ts'

const document = readFileSync(resolve(import.meta.dirname, '../../docs/time.md'), 'utf8')

/** The rows of the table whose first column has this head. */
function table(head: string): string[][] {
  const lines = document.slice(document.indexOf(`| ${head} |`)).split('\n')
  const end = lines.findIndex(line => !line.startsWith('|'))
  return lines.slice(2, end).map(line =>
    line
      .slice(1, -1)
      .split('|')
      .map(cell => cell.trim())
  )
}

function block(language: string): string {
  return new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(document)?.[1] ?? ''
}

function milliseconds(seconds = ''): number | undefined {
  return seconds === '-' ? undefined : Math.round(Number(seconds) * 1000)
}

describe('docs/time.md', () => {
  test.each(table('its own time'))('a record of %s, observed at %s, is seen at %s: %s', (...row) => {
    const [own, observed, seen, reason] = row
    const clock = new RecordClock({ maxAheadMs: 300_000 })
    const record = { ...lineRecord('x', 'in', '', milliseconds(observed)), timestamp: milliseconds(own) }
    expect(clock.see(record, 1_000, 5_000_000)).toBe(Number(seen))
    expect(clock.counts).toMatchObject({ [String(reason)]: 1 })
  })

  test('the example of a silence', () => {
    const recorded = recordedCorrelator(block('sec'), { cleanTime: 1 })
    const { correlator } = recorded
    const { start, steps } = parseTimeline('docs/time.md', block('timeline'))
    correlator.setTime(start)
    correlator.passIfDue()
    for (const { time = 0, text = '', source } of steps) {
      correlator.advance(source, time)
      correlator.observe({ text, source })
      correlator.passIfDue()
    }
    expect(recorded.output).toBe(block('output'))
  })

  test('the example of two sources', () => {
    const rows = table('arrives at').map(row => row.map(cell => milliseconds(cell) ?? 0))
    const names = table('arrives at').map(([, source = '']) => source)
    const sources = ['a', 'b'].map(name => ({ name, live: true }))
    const merged = new RecordMerge(
      { sources, waitMs: 1_000, mostHeld: 1_000, mostHeldBytes: 1e6, maxAheadMs: 300_000 },
      0
    )
    const handedOn: number[] = []
    for (let wallMs = 0; wallMs <= 4_000; wallMs += 100) {
      for (const [index, [arrivesAt, , timestamp]] of rows.entries()) {
        const record = { ...lineRecord(String(index), names[index] ?? '', '', undefined), timestamp }
        if (arrivesAt === wallMs) merged.offer(record.source, [record], wallMs)
      }
      for (let next = merged.take(wallMs); next !== undefined; next = merged.take(wallMs)) {
        handedOn[Number(next.record.id)] = wallMs
      }
    }
    expect(handedOn).toEqual(rows.map(row => row[3]))
  })

  test.each(table('seconds of silence'))('after %s seconds of silence the clock is at %s', (...row) => {
    const [silence, second] = row
    const idle = new IdleClock({ idleAfterMs: 5_000 })
    idle.heard(0, 42)
    expect(idle.secondAt(Number(silence) * 1000)).toBe(Number(second))
  })
})
