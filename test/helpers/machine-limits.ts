import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'vitest'

/** Somebody who owns nothing. */
const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups']

/**
 * What runs `command` (executable, script) as somebody whom file modes stop: where we are root it is another user, to
 * whom `folder` and what is in it are opened. Skips the test where that user could not read the command.
 */
export function byAnotherUser(context: TestContext, folder: string, command: readonly string[]): string[] {
  if (process.getuid?.() !== 0) return []
  const probe = ['sh', '-c', 'test -x "$0" && test -r "$1"', ...command]
  if (spawnSync('setpriv', [...NOBODY, ...probe]).status !== 0) {
    context.skip('setpriv is missing, or another user can not read the command')
  }
  chmodSync(folder, 0o777)
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o666)
  return ['setpriv', ...NOBODY]
}

/** Mounts a disk of 64 KiB at `path`. */
export function mountSmallDisk(context: TestContext, path: string): void {
  mkdirSync(path)
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', path])
  if (status !== 0) context.skip('mounting a small tmpfs needs root and its permission')
}

/** Undoes `mountSmallDisk`, also while it is in use. */
export function unmount(path: string): void {
  spawnSync('umount', ['-l', path])
}
