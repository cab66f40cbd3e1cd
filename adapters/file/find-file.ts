import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { FilePosition } from './file-position.ts'
import { OpenFile } from './open-file.ts'

/** Files beside it that are looked into, at most. */
const MOST_FILES = 1000

/**
 * The file that a position means, under its own name or under one that rotation gave it: one in the same folder that
 * begins with that name. Open, at the position; `undefined`: it is gone. `path` is a byte string.
 */
export function findFile(path: string, position: FilePosition, maxLineBytes: number): OpenFile | undefined {
  for (const name of [path, ...siblings(path)]) {
    const file = openAt(name, position, maxLineBytes)
    if (file !== undefined) return file
  }
  return undefined
}

function openAt(path: string, position: FilePosition, maxLineBytes: number): OpenFile | undefined {
  let file: OpenFile | undefined
  try {
    file = OpenFile.open(path, position, maxLineBytes)
    if (file?.isAt(position) === true) return file
  } catch {
    // What can't be opened or read is not it.
  }
  file?.close()
  return undefined
}

/** Byte strings. */
function siblings(path: string): string[] {
  const folder = dirname(path)
  const prefix = basename(path)
  try {
    return readdirSync(Buffer.from(folder, 'latin1'), { encoding: 'latin1' })
      .filter(name => name.startsWith(prefix) && name !== prefix)
      .slice(0, MOST_FILES)
      .map(name => join(folder, name))
  } catch {
    return []
  }
}
