import { expect, test } from 'vitest'
import { parseTimeline } from '../../../plugin/replay/timeline.ts'

test('reads lines, ticks, sources and lines without a stamp', () => {
  expect(parseTimeline('t', '@10 one\n@10=in two words\n@12\nthree\n\n@12 \n@x\n')).toEqual({
    start: 10,
    steps: [
      { time: 10, text: 'one', source: '-' },
      { time: 10, text: 'two words', source: 'in' },
      { time: 12, text: undefined, source: '-' },
      { time: undefined, text: 'three', source: '-' },
      { time: undefined, text: '', source: '-' },
      { time: 12, text: undefined, source: '-' },
      { time: undefined, text: '@x', source: '-' }
    ]
  })
})

test('a last line needs no newline, and a timeline no stamp', () => {
  expect(parseTimeline('t', 'one')).toEqual({
    start: 0,
    steps: [{ time: undefined, text: 'one', source: '-' }]
  })
})

test('names the line at which the clock runs backwards', () => {
  expect(() => parseTimeline('t.timeline', '@10 a\n@9 b\n')).toThrow(
    't.timeline:2: second 9 is before 10; expected it or a later one'
  )
})
