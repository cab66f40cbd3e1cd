import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the rows of docs/otlp-conformance.md say. */
export function conformanceRows(): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/otlp-conformance.md'), 'utf8')
  return text
    .split('\n')
    .filter(line => /^\| (?!behaviour|---)/.test(line))
    .map(line => line.split('|')[1]?.trim() ?? '')
}
