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

// As SEC 2.9.4 does it with --evstoresize=3.
test('a store takes as many strings as it may hold, and of those that do not all fit none', () => {
  const recorded = recordedCorrelator(
    `
type=Single
ptype=SubStr
pattern=go
desc=go
action=assign %four 1%{.nl}2%{.nl}3%{.nl}4; add S 1; add S 2%{.nl}3; getsize %a S; add S 4; getsize %b S; prepend S 0; \\
  getsize %c S; fill S a%{.nl}b%{.nl}c; getsize %d S; fill S %four; getsize %e S; copy S %f; write - %a %b %c %d %e %f
`,
    { eventStoreSize: 3 }
  )
  recorded.at(100, 'go')
  expect(recorded.output).toBe('3 3 3 3 3 a\nb\nc\n')
  expect(recorded.messages.filter(({ level }) => level === 3).map(({ message }) => message)).toEqual([
    "Can't add event(s) '4' to context 'S', store full",
    "Can't prepend event(s) '0' to context 'S', store full",
    "Can't fill event(s) '1\n2\n3\n4' to context 'S', store full"
  ])
})
