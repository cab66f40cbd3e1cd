import { describe, expect, test } from 'vitest'
import {
  type MatchBindings,
  maskPercent,
  referencedCacheEntries,
  substituteMatchVariables
} from '../../../plugin/patterns/match-variables.ts'

const dollar = {
  variables: { 0: 'whole line', 1: 'one', 2: 'a%b$1', ip: '10.0.0.1', 'E!': 'mark' },
  cache: { SSH: { 1: 'cached', user: 'joe' } }
}
const percent = { variables: { 0: 'first line', 1: 'first' }, cache: { SSH: { user: 'ann' } } }

describe('with the variables of one match', () => {
  const cases: [template: string, expected: string][] = [
    ['$1 ${1}0 $10 $0', 'one one0  whole line'],
    ['$+{ip} $+{none} $+{E!}', '10.0.0.1  mark'],
    ['$:{SSH:user} $:{SSH:1} $:{SSH:none} $:{DNS:user}', 'joe cached  '],
    ['$$1 $$$1 $$', '$1 $one $'],
    // Only a number as it is written names a variable.
    ['$01', ''],
    // Whatever is not the form of a variable stays.
    [
      '$ $x ${x} ${ 1} $+{1x} $+{x-y} $+x $:{SSH} $:{SSH:} $:{SSH:1a} $:{SSH:!}',
      '$ $x ${x} ${ 1} $+{1x} $+{x-y} $+x $:{SSH} $:{SSH:} $:{SSH:1a} $:{SSH:!}'
    ],
    ['%1 %% %+{ip}', '%1 %% %+{ip}'],
    // A name that every JavaScript object has is still unset.
    ['[$+{constructor}$:{toString:x}]', '[]']
  ]
  test.each(cases)('%s', (template, expected) => {
    expect(substituteMatchVariables(template, { dollar })).toBe(expected)
  })
})

test('without match variables nothing is substituted and nothing unmasked', () => {
  expect(substituteMatchVariables('$1 $$ %1 %%', {})).toBe('$1 $$ %1 %%')
})

describe('with the variables of both patterns of a pair', () => {
  const bindings: MatchBindings = { dollar, percent }
  const cases: [template: string, expected: string][] = [
    ['%1 $1 %{1} %0', 'first one first first line'],
    ['%:{SSH:user} $:{SSH:user}', 'ann joe'],
    ['%% %%1 %%%1 %2|', '% %1 %first |'],
    // The %-round is first: what it brings in is no reference, but what the $-round brings in is not looked at either.
    ['$%1 %$1', '$first %one']
  ]
  test.each(cases)('%s', (template, expected) => {
    expect(substituteMatchVariables(template, bindings)).toBe(expected)
  })

  test('a $ in a value of the first pattern is not taken for a reference', () => {
    const first = { variables: { 1: '$1 $$' }, cache: {} }
    expect(substituteMatchVariables('%1|$1', { dollar, percent: first })).toBe('$1 $$|one')
  })
})

test('masking doubles percent signs in values only', () => {
  expect(substituteMatchVariables('%t $2', { dollar }, maskPercent)).toBe('%t a%%b$1')
})

test('finds the cache entries that a string refers to', () => {
  expect(referencedCacheEntries('$:{SSH:user} %:{DNS:1} $+{x}')).toEqual(['SSH', 'DNS'])
})
