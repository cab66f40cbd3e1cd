import { perlLoader } from '../../../plugin/perl/source.ts'
import { anyPerl } from '../../helpers/perl-loader.ts'
import { expect, test } from 'vitest'
import { parseEventGroupPattern, parsePattern } from '../../../plugin/patterns/parser.ts'
import { parseVariableMap } from '../../../plugin/patterns/variable-map.ts'

function collector(): {
  errors: string[]
  notes: string[]
  report: Parameters<typeof parsePattern>[2]
} {
  const errors: string[] = []
  const notes: string[] = []
  return {
    errors,
    notes,
    report: {
      bufferSize: 0,
      error: message => errors.push(message),
      perl: anyPerl,
      note: message => notes.push(message)
    }
  }
}

test.each([
  ['SubStr', 'x', { type: 'SubStr', negated: false, lines: 1, source: 'x' }],
  [
    'nsubstr03',
    '\\t\\n\\r\\s\\0\\\\t\\q',
    { type: 'SubStr', negated: true, lines: 3, source: '\t\n\r \\t\\q' }
  ],
  ['RegExp2', '(x)\\n', { type: 'RegExp', negated: false, lines: 2, source: '(x)\\n' }],
  ['NREGEXP', 'x', { type: 'RegExp', negated: true, lines: 1, source: 'x' }],
  ['PerlFunc', 'sub {1}', { type: 'PerlFunc', negated: false, lines: 1, source: 'sub {1}', which: 0 }],
  ['NCached', 'E_1', { type: 'Cached', negated: true, lines: 1, source: 'E_1' }],
  ['tvalue', 'True', { type: 'TValue', negated: false, lines: 1, source: 'TRUE' }]
])('ptype=%s pattern=%s', (type, source, expected) => {
  const { errors, report } = collector()
  expect(parsePattern(type, source, report)).toEqual(expected)
  expect(errors).toEqual([])
})

test.each([
  ['RegExp0', 'x', "Invalid pattern type 'RegExp0'"],
  ['RegExp 2', 'x', "Invalid pattern type 'RegExp 2'"],
  ['Cached1', 'x', "Invalid pattern type 'Cached1'"],
  ['NTValue', 'TRUE', "Invalid pattern type 'NTValue'"],
  ['Cached', '1x', "Invalid cached pattern name '1x': the name does not have the form"],
  ['TValue', 'yes', "Invalid truth value 'yes'; expected TRUE or FALSE"],
  ['RegExp', '(x', "Invalid regular expression '(x': Unmatched ("]
])('ptype=%s pattern=%s is refused', (type, source, message) => {
  const { errors, report } = collector()
  expect(parsePattern(type, source, report)).toBeUndefined()
  expect(errors).toEqual([expect.stringContaining(message)])
})

test.each(['$1(', '${1}(', '$+{n}(', '$+{1}(', '$:{e:n}(', '$$('])(
  'the template %s is not checked before its values are known',
  source => {
    const { errors, report } = collector()
    expect(parsePattern('RegExp', source, report, { template: true })?.source).toBe(source)
    expect(errors).toEqual([])
  }
)

test.each(['$x(', '%1(', '$+{}(', '$:{e}(', 'a$|(b'])('the template %s refers to nothing', source => {
  const { errors, report } = collector()
  expect(parsePattern('RegExp', source, report, { template: true })).toBeUndefined()
  expect(errors).toHaveLength(1)
})

test.each(['SubStr2', 'Cached', 'TValue', 'x'])('egptype=%s is refused', type => {
  const { errors, report } = collector()
  expect(parseEventGroupPattern(type, 'TRUE', report)).toBeUndefined()
  expect(errors).toEqual([expect.stringContaining(`Invalid event group pattern type '${type}'`)])
})

test('a Perl function is compiled, and refused with what Perl says or where there is no Perl', () => {
  const { errors, report } = collector()
  const refusing = (error: string): typeof report => ({
    ...report,
    perl: { isOff: false, load: () => ({ ok: false, error }) }
  })
  expect(parsePattern('NPerlFunc', 'sub {1}', report)).toEqual({
    type: 'PerlFunc',
    negated: true,
    lines: 1,
    source: 'sub {1}',
    which: 0
  })
  expect(parsePattern('PerlFunc', '42', refusing('42'))).toBeUndefined()
  expect(parsePattern('PerlFunc', 'sub {1}', { ...report, perl: perlLoader(undefined) })).toBeUndefined()
  expect(errors).toEqual([
    "Invalid function '42', eval didn't return a code reference: 42",
    "Invalid function 'sub {1}', eval didn't return a code reference: it needs Perl, which is off"
  ])
})

test.each([
  ['a', ['a'], []],
  ['a ; b = 2 ; c', ['a', 'c'], [{ name: 'b', number: 2 }]],
  ['a=01;;', [], [{ name: 'a', number: 1 }]],
  [';', [], []]
])('varmap=%s', (text, entries, variables) => {
  expect(parseVariableMap(text, collector().report)).toEqual({ entries, variables })
})

test.each([
  ['1a', '1a'],
  ['a=1;;b', ''],
  ['a; b=x', 'b=x'],
  ['a b', 'a b'],
  ['a=', 'a=']
])('varmap=%s is refused for its mapping "%s"', (text, mapping) => {
  const { errors, report } = collector()
  expect(parseVariableMap(text, report)).toBeUndefined()
  expect(errors).toEqual([
    expect.stringContaining(`Invalid variable map '${text}': the variable mapping '${mapping}' `)
  ])
})

test('an expression that needs the slow matcher is noted, with the reason', () => {
  const { errors, notes, report } = collector()
  parsePattern('RegExp', '^(?:(a)|(b))*$', report)
  expect(errors).toEqual([])
  expect(notes).toEqual([
    expect.stringMatching(/^Regular expression '\^\(\?:\(a\)\|\(b\)\)\*\$' runs on the slow matcher: ./)
  ])
})
