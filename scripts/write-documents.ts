import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { generatedDocuments } from './documents.ts'

/** Writes every generated document into the working copy (`npm run docs`). */
export function main(): void {
  for (const { path, text } of generatedDocuments()) {
    const file = resolve(import.meta.dirname, '..', path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    console.log(`docs: ${path}`)
  }
}
