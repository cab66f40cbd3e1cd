import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type OptionDescription, secSchema } from '../../config/schema.ts'
import { actions } from '../../plugin/actions/registry.ts'
import { ruleSyntaxes } from '../../plugin/rules/registry.ts'

const root = resolve(import.meta.dirname, '../..')

interface Row {
  readonly section: string
  readonly feature: string
  readonly status: string
  readonly proofs: readonly string[]
}

function parseRows(text: string): Row[] {
  return text.split(/^## /m).flatMap(part => {
    const [section = '', ...lines] = part.split('\n')
    return lines
      .filter(line => line.startsWith('| ') && !line.startsWith('| feature'))
      .map(line => {
        const cells = line.split(/(?<!\\)\|/).map(cell => cell.trim())
        const [, feature = '', status = '', proof = ''] = cells
        return { section, feature, status, proofs: namesIn(proof) }
      })
  })
}

/** What a cell has in backticks. */
function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(match => match[1] as string)
}

const rows = parseRows(readFileSync(join(root, 'docs/sec-compatibility.md'), 'utf8'))

function featuresOf(section: string): string[] {
  return rows.filter(row => row.section === section).flatMap(row => namesIn(row.feature))
}

describe('docs/sec-compatibility.md', () => {
  test.each(rows)('$section: $feature names cases and tests that exist', ({ status, proofs }) => {
    expect(status).toMatch(/^(?:works|not yet|differs)\b/)
    // What does not run yet has nothing to show; everything else has.
    expect(proofs.length > 0 || status.startsWith('not yet')).toBe(true)
    const missing = proofs.filter(
      proof => !existsSync(join(root, proof.startsWith('test/') ? proof : `test/parity/cases/${proof}`))
    )
    expect(missing).toEqual([])
  })

  test('has a row for every action', () => {
    expect(featuresOf('Actions')).toEqual(expect.arrayContaining(Object.keys(actions)))
  })

  test('has a row for every rule type', () => {
    expect(featuresOf('Rule types')).toEqual(expect.arrayContaining(Object.keys(ruleSyntaxes)))
  })

  test('has a row for every option of correlog sec, "not yet" where the schema says so', () => {
    for (const option of Object.values<OptionDescription<unknown>>(secSchema)) {
      const row = rows.find(
        ({ section, feature }) => section === 'Options' && namesIn(feature).includes(`--${option.arg}`)
      )
      expect(row, `row of --${option.arg}`).toBeDefined()
      expect(row?.status.startsWith('not yet'), `--${option.arg} is not yet`).toBe(option.notYet === true)
    }
  })
})
