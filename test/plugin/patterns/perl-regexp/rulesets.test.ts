import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compilePerlRegExp } from '../../../../plugin/patterns/perl-regexp/index.ts'

// Public rule sets, which may not be copied into the repository.
const rulesets = new URL('../../../../../shared/rulesets/', import.meta.url).pathname

describe('public rule sets', () => {
  test('have regular expressions that all compile to native ones', context => {
    if (!existsSync(rulesets)) context.skip('the shared rule sets are missing')
    const problems: string[] = []
    let count = 0
    for (const { file, pattern } of regexpPatterns()) {
      count++
      const compiled = compilePerlRegExp(pattern)
      if (!compiled.ok) problems.push(`${file}: ${pattern}: ${compiled.message}`)
      else if (compiled.regexp.slowReasons.length > 0) problems.push(`${file}: ${pattern}: slow`)
    }
    expect(problems).toEqual([])
    expect(count).toBeGreaterThan(200)
  })
})

function* regexpPatterns(): Generator<{ readonly file: string; readonly pattern: string }> {
  for (const entry of readdirSync(rulesets, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    let type = ''
    for (const line of readFileSync(file, 'latin1')
      .replaceAll(/\\\r?\n/g, '')
      .split(/\r?\n/)) {
      type = /^\s*ptype2?\s*=\s*(\S+)/.exec(line)?.[1] ?? type
      const pattern = /^\s*pattern2?\s*=\s*(.*?)\s*$/.exec(line)?.[1]
      if (pattern !== undefined && /^N?RegExp/.test(type)) yield { file: entry.name, pattern }
    }
  }
}
