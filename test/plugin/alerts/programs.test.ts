import { expect, test } from 'vitest'
import { programsWarning, rulesThatRunPrograms } from '../../../plugin/alerts/programs.ts'
import type { NotificationKind } from '../../../plugin/alerts/settings.ts'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'

const RULES = `type=Single
ptype=SubStr
pattern=a
desc=x
action=pipe '%s' mail; if %a ( shellcmd a ) else ( spawn b ); set C 5 ( report C mail )

type=SingleWithScript
ptype=SubStr
pattern=b
script=c
desc=x
action=none

type=SingleWithThreshold
ptype=SubStr
pattern=c
desc=x
action=pipe '%s'; report C; alert x; event y
action2=cmdexec d; cmdexec e
window=1
thresh=1

type=Calendar
time=* * * * *
desc=x
action=logonly
`

const cases: readonly [NotificationKind[], object[]][] = [
  [
    [],
    [
      { file: 'a.sec', line: 1, origins: ['pipe', 'shellcmd', 'spawn', 'report'] },
      { file: 'a.sec', line: 7, origins: ['SingleWithScript'] },
      { file: 'a.sec', line: 14, origins: ['cmdexec'] }
    ]
  ],
  [
    ['pipe', 'report', 'shellcmd'],
    [
      { file: 'a.sec', line: 1, origins: ['spawn'] },
      { file: 'a.sec', line: 7, origins: ['SingleWithScript'] }
    ]
  ]
]

test.each(cases)('which rules run programs while alerts come from %j', (kinds, expected) => {
  const files = [parseRuleFile('a.sec', RULES)]
  expect(rulesThatRunPrograms(files, { alertsFrom: () => new Set(kinds) })).toEqual(expected)
})

test('what is said about them', () => {
  expect(programsWarning({ file: 'a.sec', line: 1, origins: ['pipe', 'spawn'] })).toBe(
    'Rule in a.sec at line 1: runs programs (pipe, spawn), which this stage does not allow'
  )
  expect(programsWarning({ file: 'a.sec', line: 7, origins: ['SingleWithScript'] })).toBe(
    'Rule in a.sec at line 7: runs programs (SingleWithScript), which this stage does not allow; its action lists will not run either'
  )
})
