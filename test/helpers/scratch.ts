import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'

/** A folder that is there for one test. */
export function scratchFolder(context: TestContext): string {
  return folderIn(tmpdir(), context)
}

/**
 * One whose files lie in memory, where there is such a place: for what outlives a process, but makes something durable
 * ten thousand times.
 */
export function memoryFolder(context: TestContext): string {
  try {
    accessSync('/dev/shm', constants.W_OK)
    return folderIn('/dev/shm', context)
  } catch {
    return scratchFolder(context)
  }
}

function folderIn(place: string, context: TestContext): string {
  const folder = mkdtempSync(join(place, 'correlog-test-'))
  context.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
