import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type Certificates, makeCertificates } from './certificates.ts'

/** Certificates for the tests of a file or a block, made before the first of them and gone after the last. */
export function useCertificates(): { readonly folder: string; readonly files: Certificates } {
  const folder = mkdtempSync(join(tmpdir(), 'correlog-test-'))
  const files = {} as Certificates
  beforeAll(() => void Object.assign(files, makeCertificates(folder)))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return { folder, files }
}
