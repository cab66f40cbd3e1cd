import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'

/** A folder that is there for one test. */
export function scratchFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'correlog-test-'))
  context.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
