import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileTagPattern } from '../../plugin/tag-pattern.ts'

// Fluentd documentation, "Config File Syntax": "How match patterns work" has the first ones of each.
const cases: readonly (readonly [pattern: string, matched: readonly string[], others: readonly string[]])[] =
  [
    ['a.*', ['a.b', 'a.'], ['a', 'a.b.c', 'b.a', 'xa.b']],
    ['a.**', ['a', 'a.b', 'a.b.c'], ['ab', 'b.a', 'ab.c']],
    ['{a,b}', ['a', 'b'], ['c', 'a,b', 'ab']],
    ['a.{b,c}.*', ['a.b.x', 'a.c.x'], ['a.d.x', 'a.b', 'a.b.x.y']],
    ['{a.**,b.*}', ['a', 'a.x', 'a.x.y', 'b.x'], ['b', 'b.x.y']],
    ['a b', ['a', 'b'], ['a b', 'c']],
    ['a.** \t b.*', ['a', 'a.b.c', 'b.d'], ['b', 'b.d.e']],
    ['**', ['', 'a', 'a.b.c'], []],
    ['*', ['a', ''], ['a.b']],
    ['**.a', ['a', 'x.a', 'x.y.a'], ['xa', 'a.b']],
    ['a.**.b', ['a.b', 'a.x.b', 'a.x.y.b'], ['ab', 'a.xb', 'a.b.c']],
    ['app*.log', ['app.log', 'app1.log'], ['app.1.log', 'web.log']],
    ['a+(b)|[c]$', ['a+(b)|[c]$'], ['aab', 'c']],
    ['a\\*', ['a*'], ['ab']],
    ['a}', ['a}'], ['a']],
    ['a,b', ['a,b'], ['a', 'b']]
  ]

test.each(cases)('%s', (pattern, matched, others) => {
  const matches = compileTagPattern(pattern)
  expect(matched.filter(tag => !matches(tag))).toEqual([])
  expect(others.filter(tag => matches(tag))).toEqual([])
  // Once more, when it remembers them.
  expect([...matched, ...others].filter(matches)).toEqual(matched)
})

describe('what is no pattern is said', () => {
  test.each([
    ['', 'no pattern; expected patterns of tags such as app.** or {web,db}.*'],
    ['a.{b,c', 'pattern "a.{b,c" has a { without }; expected {one,other}']
  ])('%j', (pattern, message) => {
    expect(() => compileTagPattern(pattern)).toThrow(message)
  })
})

test('a tag without special characters matches itself and nothing else', () => {
  const tag = fc.stringMatching(/^[a-z_-]{1,5}(?:\.[a-z_-]{1,5}){0,3}$/)
  fc.assert(
    fc.property(tag, tag, (one, other) => {
      expect(compileTagPattern(one)(other)).toBe(one === other)
      expect(compileTagPattern(`${one}.**`)(other)).toBe(other === one || other.startsWith(`${one}.`))
    })
  )
})

test('as many tags as there are: it forgets them', () => {
  const matches = compileTagPattern('a.*')
  for (let index = 0; index < 5000; index++) expect(matches(`a.${index}`)).toBe(true)
  expect(matches('b.1')).toBe(false)
})
