import { readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** Which files Perl code may touch. Paths are absolute byte strings (latin1), symbolic links resolved. */
export interface FilePolicy {
  mayRead(path: string): boolean
  mayWrite(path: string): boolean
}

/** As SEC: what the user may, Perl may. */
export const ALL_FILES: FilePolicy = { mayRead: () => true, mayWrite: () => true }

/** Only files in these folders, and the devices that hold nothing. */
export function onlyWithin(readable: readonly string[], writable: readonly string[]): FilePolicy {
  const roots = (paths: readonly string[]): string[] => paths.map(path => resolved(path) ?? path)
  const mayWriteIn = roots(writable)
  const mayReadIn = [...roots(readable), ...mayWriteIn]
  return {
    mayRead: path => DEVICES.has(path) || path === '/dev/urandom' || isWithin(path, mayReadIn),
    mayWrite: path => DEVICES.has(path) || isWithin(path, mayWriteIn)
  }
}

/** Perl itself opens it at its start. */
const DEVICES: ReadonlySet<string> = new Set(['/dev/null'])

function isWithin(path: string, roots: readonly string[]): boolean {
  return roots.some(root => path === root || path.startsWith(root === '/' ? root : `${root}/`))
}

/**
 * Where a path leads to, through all symbolic links; the last name need not be there. `keepLast`: it is meant itself,
 * also where it is a link. `undefined`: there is no such folder, or the links go round.
 */
export function resolved(path: string, keepLast = false, links = 0): string | undefined {
  const whole = keepLast ? undefined : realPath(path)
  if (whole !== undefined) return whole
  const target = keepLast ? undefined : linkTarget(path)
  // A link that leads to nothing yet: a file would be made where it leads to.
  if (target !== undefined) {
    return links > MOST_LINKS ? undefined : resolved(resolve(dirname(path), target), false, links + 1)
  }
  const folder = realPath(dirname(path))
  return folder === undefined ? undefined : join(folder, basename(path))
}

/** As Linux has it. */
const MOST_LINKS = 40

function realPath(path: string): string | undefined {
  try {
    return realpathSync(Buffer.from(path, 'latin1'), 'buffer').toString('latin1')
  } catch {
    return undefined
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(Buffer.from(path, 'latin1'), 'buffer').toString('latin1')
  } catch {
    return undefined
  }
}
