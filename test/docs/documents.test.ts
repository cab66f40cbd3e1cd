import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { generatedDocuments } from '../../scripts/documents.ts'

test.each(generatedDocuments())('$path is what `npm run docs` makes of the schema', ({ path, text }) => {
  expect(readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8')).toBe(text)
})
