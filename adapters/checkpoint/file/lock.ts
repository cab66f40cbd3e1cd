import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AdapterError } from '../../../plugin/adapter.ts'
import { pathBytes } from './generation.ts'

/**
 * Keeps a folder of state to one process: a file `lock` with the number of the process and, where the system tells it,
 * when it began, since numbers are used again. The lock of a process that has died is taken over.
 *
 * @throws AdapterError while another process has it.
 */
export function lockDirectory(directory: string): { release(): void } {
  const path = join(directory, 'lock')
  const own = identityOf(process.pid) ?? String(process.pid)
  for (;;) {
    try {
      make(path, own)
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = readIfThere(path)
      if (holder !== undefined && isAlive(holder)) {
        throw new AdapterError(
          `${directory} is in use by process ${holder.split(' ')[0]}; expected a folder of state for each stage`,
          { code: 'STATE_IN_USE', retryable: false }
        )
      }
      if (holder !== undefined) setAside(path, holder)
    }
  }
  return {
    release() {
      if (readIfThere(path) === own) unlinkSync(pathBytes(path))
    }
  }
}

/**
 * Makes a lock, whole at once: one that is empty for a moment would be taken for that of a process that has died.
 *
 * @throws the system's error: `EEXIST` where there is one
 */
function make(path: string, own: string): void {
  const whole = pathBytes(`${path}.new.${process.pid}`)
  writeFileSync(whole, own, { mode: 0o600 })
  try {
    linkSync(whole, pathBytes(path))
  } catch (error) {
    if (!WITHOUT_LINKS.has((error as NodeJS.ErrnoException).code)) throw error
    writeFileSync(pathBytes(path), own, { flag: 'wx', mode: 0o600 })
  } finally {
    unlinkSync(whole)
  }
}

/** What systems say where a disk knows no hard links (FAT, some network disks). */
const WITHOUT_LINKS: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** Another process may have found the same dead lock and have made a new one in its place: that one stays. */
function setAside(path: string, dead: string): void {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(pathBytes(path), pathBytes(aside))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if (readIfThere(aside) === dead) unlinkSync(pathBytes(aside))
  else renameSync(pathBytes(aside), pathBytes(path))
}

function isAlive(holder: string): boolean {
  const pid = Number(holder.split(' ')[0])
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return holder === identityOf(process.pid)
  try {
    process.kill(pid, 0)
  } catch (error) {
    // A process of another user is alive too.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const stat = statOf(pid)
  // One that has ended and whose parent has not asked for its end yet: it holds nothing any more.
  if (stat?.[0] === 'Z') return false
  const identity = identityOf(pid)
  return identity === undefined || identity === holder || !holder.includes(' ')
}

/** `PID START`, where Linux says when a process began: the 22nd field of its `stat`. */
function identityOf(pid: number): string | undefined {
  const start = statOf(pid)?.[19]
  return start === undefined ? undefined : `${pid} ${start}`
}

/** The fields of a process's `stat` behind its name, from the 3rd, its state. */
function statOf(pid: number): string[] | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(pathBytes(path), 'latin1')
  } catch {
    return undefined
  }
}
