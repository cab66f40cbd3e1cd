import { expect, test } from 'vitest'
import { loadRuleFiles } from '../../../plugin/rules/rule-set.ts'

const SINGLE = 'type=Single\nptype=SubStr\npattern=x\ndesc=d\naction=none\n'

test('loading says per file what SEC says, at its levels', () => {
  const { log, faulty, files } = loadRuleFiles([
    { name: 'good', text: SINGLE },
    { name: 'missing', error: 'No such file or directory' },
    { name: 'empty', text: '' },
    { name: 'mixed', text: `${SINGLE}desc=e\n\ntype=None\n\n${SINGLE.replace('none', 'sigemul HUP')}` }
  ])
  expect(log).toEqual([
    { level: 4, message: 'Reading configuration from good' },
    { level: 6, message: '1 rules loaded from good' },
    { level: 4, message: 'Reading configuration from missing' },
    { level: 2, message: "Can't open configuration file missing (No such file or directory)" },
    { level: 4, message: 'Reading configuration from empty' },
    { level: 3, message: 'No valid rules found in configuration file empty' },
    { level: 4, message: 'Reading configuration from mixed' },
    { level: 3, message: expect.stringMatching(/^Several 'desc' keywords specified/) as string },
    {
      level: 2,
      message: expect.stringMatching(/^Rule in mixed at line 8: Invalid rule type NONE/) as string
    },
    { level: 3, message: 'mixed:10: action "sigemul" emulates a signal, not yet' },
    { level: 6, message: '2 rules loaded from mixed' }
  ])
  expect(faulty).toBe(true)
  expect(files.map(file => file.name)).toEqual(['good', 'empty', 'mixed'])
})

test.each([
  ['nothing', []],
  ['an empty file', [{ name: 'f', text: '' }]],
  ['an Options rule alone', [{ name: 'f', text: 'type=Options\n' }]],
  ['a GoTo to an unknown label', [{ name: 'f', text: `${SINGLE}continue=GoTo L\n` }]],
  ['a repeated keyword', [{ name: 'f', text: `${SINGLE}desc=e\n` }]],
  ['an action that is not built yet', [{ name: 'f', text: SINGLE.replace('none', 'sigemul HUP') }]]
])('--testonly finds no fault in %s', (_name, sources) => {
  expect(loadRuleFiles(sources).faulty).toBe(false)
})

test.each([
  ['a file that can not be opened', [{ name: 'f', error: 'Permission denied' }]],
  ['a refused rule', [{ name: 'f', text: 'type=None\n' }]],
  ['a malformed line', [{ name: 'f', text: `${SINGLE}foo\n` }]]
])('--testonly finds fault with %s', (_name, sources) => {
  expect(loadRuleFiles(sources).faulty).toBe(true)
})
