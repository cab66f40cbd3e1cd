import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineOutput } from '../../adapters/line-output.ts'

const lines = ['a', 'bcd', '', 'efghij'].map(text => ({ text, key: `key ${text}` }))
const whole = lines.map(({ text }) => `${text}\n`).join('')

test('whatever parts of attempts are written, all lines are there once, whole and in order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(6), { maxLength: 12 }), cuts => {
      const output = new LineOutput()
      let written = ''
      for (const cut of cuts) {
        const bytes = output.begin(lines)
        const count = Math.min(cut, bytes.length)
        written += bytes.toString('latin1', 0, count)
        output.wrote(count)
        output.failed()
      }
      written += output.begin(lines).toString('latin1')
      output.succeeded()
      expect(written).toBe(whole)
    })
  )
})

test('a line that was begun is given again whole where nobody has its beginning', () => {
  const output = new LineOutput()
  output.begin(lines)
  output.wrote(4)
  output.failed()
  output.forgetBegun()
  expect(output.begin(lines).toString('latin1')).toBe(whole.slice(2))
})

test('after a success the same lines are new ones', () => {
  const output = new LineOutput()
  output.begin(lines)
  output.wrote(3)
  output.failed()
  output.begin(lines)
  output.succeeded()
  expect(output.begin(lines).toString('latin1')).toBe(whole)
})
