import { expect, test } from 'vitest'
import { recordedCorrelator } from '../../helpers/correlation.ts'

test('a store of 200,000 strings is prepended to, trimmed, copied and filled', () => {
  const recorded = recordedCorrelator(`
type=Single
ptype=SubStr
pattern=go
desc=go
action=prepend STORE %lines; prepend STORE first; getsize %a STORE; trim 0 STORE; getsize %b STORE; copy STORE %copy; \\
  fill STORE %copy; getsize %c STORE; pop STORE %last; shift STORE %first; write - %a %b %c %first %last
`)
  const lines = Array.from({ length: 200_000 }, (_, index) => `line ${index}`)
  recorded.correlator.variables.set('lines', lines.join('\n'))
  recorded.at(100, 'go')
  expect(recorded.output).toBe('200001 200001 200001 first line 199999\n')
})
