import {
  type BigIntStats,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync
} from 'node:fs'
import { resolve } from 'node:path'
import { ERRNO, errnoOf } from './errno.ts'
import { type FilePolicy, resolved } from './file-policy.ts'
import type { Memory } from './memory.ts'
import {
  attempt,
  listFolder,
  type OpenFiles,
  readFile,
  ROOT,
  seekFile,
  statFile,
  syncFile,
  truncateFile,
  writeFile
} from './open-files.ts'

export interface WasiOptions {
  readonly memory: () => Memory
  readonly files: OpenFiles
  readonly policy: () => FilePolicy
  /** `NAME=value`, byte strings. */
  readonly environment: readonly string[]
  /** Milliseconds since Epoch. */
  readonly now: () => number
  /** Perl waits, in `select`. */
  readonly sleep: (milliseconds: number) => void
}

/** The code has ended its Perl, past all that catches errors there. */
export class PerlExited extends Error {
  readonly status: number

  constructor(status: number) {
    super(`Perl exited with ${status}`)
    this.name = 'PerlExited'
    this.status = status
  }
}

type Call = (...args: never[]) => number

/**
 * The system calls of WASI preview 1 that Perl makes, synchronous. Files are found by absolute path below the one folder
 * that is open from the start, and touched only as the policy allows: where it does not, they are not there (`require`
 * stumbles over any other answer).
 *
 * Source: WASI specification, "wasi_snapshot_preview1".
 */
export function wasiImports(options: WasiOptions): Record<string, Call> {
  return { ...processCalls(options), ...fileCalls(options), ...pathCalls(options) }
}

function processCalls({ memory, environment, now, sleep }: WasiOptions): Record<string, Call> {
  return {
    environ_sizes_get(count: number, size: number) {
      memory().setU32(count, environment.length)
      memory().setU32(
        size,
        environment.reduce((sum, each) => sum + each.length + 1, 0)
      )
      return ERRNO.OK
    },
    environ_get(pointers: number, texts: number) {
      let at = texts
      for (const [index, each] of environment.entries()) {
        memory().setU32(pointers + 4 * index, at)
        memory().bytes.write(`${each}\0`, at, 'latin1')
        at += each.length + 1
      }
      return ERRNO.OK
    },
    clock_time_get(_clock: number, _precision: bigint, result: number) {
      memory().setU64(result, BigInt(Math.round(now() * 1000)) * 1000n)
      return ERRNO.OK
    },
    // Seeds what is random in Perl: the same each time, so that a snapshot fits what it is a difference to.
    random_get(address: number, length: number) {
      for (let index = 0; index < length; index++) memory().setU8(address + index, (index * 167 + 13) & 255)
      return ERRNO.OK
    },
    /** Subscriptions of 48 bytes, of which Perl uses clocks (tag 0), relative and in nanoseconds at byte 24. */
    poll_oneoff(input: number, output: number, count: number, result: number) {
      const { view } = memory()
      for (let index = 0; index < count; index++) {
        const at = input + 48 * index
        if (view.getUint8(at + 8) === 0) sleep(Number(view.getBigUint64(at + 24, true)) / 1e6)
      }
      memory().bytes.fill(0, output, output + 32 * count)
      memory().setU32(result, count)
      return ERRNO.OK
    },
    proc_exit(status: number): number {
      throw new PerlExited(status)
    }
  }
}

function fileCalls({ memory, files }: WasiOptions): Record<string, Call> {
  /** Each buffer of a list of them, until one is not filled or emptied. */
  const transfer = (list: number, count: number, result: number, each: (bytes: Buffer) => number): number => {
    let total = 0
    for (let index = 0; index < count; index++) {
      const address = memory().u32(list + 8 * index)
      const length = memory().u32(list + 8 * index + 4)
      const done = each(memory().bytes.subarray(address, address + length))
      if (done < 0) {
        if (total === 0) return -done
        break
      }
      total += done
      if (done < length) break
    }
    memory().setU32(result, total)
    return ERRNO.OK
  }
  return {
    fd_prestat_get(number: number, result: number) {
      if (number !== ROOT) return ERRNO.EBADF
      memory().setU32(result, 0)
      memory().setU32(result + 4, 1)
      return ERRNO.OK
    },
    fd_prestat_dir_name(number: number, address: number) {
      if (number !== ROOT) return ERRNO.EBADF
      memory().bytes.write('/', address, 'latin1')
      return ERRNO.OK
    },
    fd_fdstat_get(number: number, result: number) {
      const file = files.get(number)
      if (file === undefined) return ERRNO.EBADF
      const hasPositions = file.type === 'file' && file.position !== undefined
      const type = file.type === 'folder' ? TYPE.folder : hasPositions ? TYPE.file : TYPE.characters
      memory().setU8(result, type)
      memory().setU16(result + 2, file.type === 'file' && file.append ? FD_APPEND : 0)
      memory().setU64(result + 8, ALL_RIGHTS)
      memory().setU64(result + 16, ALL_RIGHTS)
      return ERRNO.OK
    },
    fd_fdstat_set_flags: (number: number) => (files.get(number) === undefined ? ERRNO.EBADF : ERRNO.OK),
    fd_filestat_get(number: number, result: number) {
      const file = files.get(number)
      if (file === undefined) return ERRNO.EBADF
      if (file.type === 'folder') return statPath(memory(), file.path, true, result)
      writeStats(memory(), statFile(file), result)
      return ERRNO.OK
    },
    fd_filestat_set_size(number: number, size: bigint) {
      const file = files.get(number)
      return file === undefined ? ERRNO.EBADF : truncateFile(file, Number(size))
    },
    fd_filestat_set_times: () => ERRNO.ENOSYS,
    fd_read(number: number, list: number, count: number, result: number) {
      const file = files.get(number)
      return file === undefined ? ERRNO.EBADF : transfer(list, count, result, bytes => readFile(file, bytes))
    },
    fd_write(number: number, list: number, count: number, result: number) {
      const file = files.get(number)
      return file === undefined ? ERRNO.EBADF : transfer(list, count, result, bytes => writeFile(file, bytes))
    },
    fd_seek(number: number, offset: bigint, whence: number, result: number) {
      const file = files.get(number)
      if (file === undefined) return ERRNO.EBADF
      const position = seekFile(file, Number(offset), whence)
      if (position < 0) return -position
      memory().setU64(result, BigInt(position))
      return ERRNO.OK
    },
    fd_tell(number: number, result: number) {
      const file = files.get(number)
      if (file === undefined) return ERRNO.EBADF
      if (file.type !== 'file' || file.position === undefined) return ERRNO.ESPIPE
      memory().setU64(result, BigInt(file.position))
      return ERRNO.OK
    },
    /** Entries of 24 bytes and the name: the next one's number, the inode, the name's length, the type. */
    fd_readdir(number: number, address: number, size: number, cookie: bigint, result: number) {
      const file = files.get(number)
      if (file?.type !== 'folder') return ERRNO.EBADF
      const names = [
        { name: Buffer.from('.'), isFolder: true },
        { name: Buffer.from('..'), isFolder: true },
        ...listFolder(file).map(entry => ({ name: entry.name, isFolder: entry.isDirectory() }))
      ]
      let used = 0
      for (let index = Number(cookie); index < names.length && used < size; index++) {
        const { name, isFolder } = names[index] as (typeof names)[number]
        const entry = Buffer.alloc(24 + name.length)
        entry.writeBigUInt64LE(BigInt(index + 1), 0)
        entry.writeUInt32LE(name.length, 16)
        entry.writeUInt8(isFolder ? TYPE.folder : TYPE.file, 20)
        name.copy(entry, 24)
        // One that is cut in two says that there is more.
        used += entry.copy(memory().bytes, address + used, 0, Math.min(entry.length, size - used))
      }
      memory().setU32(result, used)
      return ERRNO.OK
    },
    fd_renumber: (from: number, to: number) => files.renumber(from, to),
    fd_sync(number: number) {
      const file = files.get(number)
      return file === undefined ? ERRNO.EBADF : syncFile(file)
    },
    fd_close: (number: number) => files.close(number)
  }
}

function pathCalls({ memory, files, policy }: WasiOptions): Record<string, Call> {
  /** The path that is meant, if the policy lets it be touched so. */
  const allowed = (
    folder: number,
    address: number,
    length: number,
    access: 'read' | 'write',
    keepLast = false
  ): string | undefined => {
    const below = files.get(folder)
    if (below?.type !== 'folder') return undefined
    const path = resolved(resolve(below.path, memory().text(address, length)), keepLast)
    if (path === undefined) return undefined
    const rules = policy()
    return (access === 'read' ? rules.mayRead(path) : rules.mayWrite(path)) ? path : undefined
  }
  const changing = (path: string | undefined, change: (path: Buffer) => void): number =>
    path === undefined ? ERRNO.ENOENT : attempt(() => change(bytesOf(path)))
  return {
    path_open(
      folder: number,
      lookup: number,
      address: number,
      length: number,
      create: number,
      rights: bigint,
      _inherited: bigint,
      mode: number,
      result: number
    ) {
      const writes = (rights & RIGHT_WRITE) !== 0n
      const reads = (rights & RIGHT_READ) !== 0n
      const access = writes || (create & (OPEN_CREATE | OPEN_TRUNCATE)) !== 0 ? 'write' : 'read'
      const path = allowed(folder, address, length, access)
      if (path === undefined) return ERRNO.ENOENT
      const isFolder = (create & OPEN_FOLDER) !== 0
      const flags =
        (writes && !isFolder ? (reads ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY) |
        ((create & OPEN_CREATE) === 0 ? 0 : constants.O_CREAT) |
        (isFolder ? constants.O_DIRECTORY : 0) |
        ((create & OPEN_EXCLUSIVE) === 0 ? 0 : constants.O_EXCL) |
        ((create & OPEN_TRUNCATE) === 0 ? 0 : constants.O_TRUNC) |
        ((mode & FD_APPEND) === 0 ? 0 : constants.O_APPEND) |
        ((lookup & FOLLOW) === 0 ? constants.O_NOFOLLOW : 0)
      const number = files.open(path, flags, 0o666)
      if (number < 0) return -number
      memory().setU32(result, number)
      return ERRNO.OK
    },
    path_filestat_get(folder: number, lookup: number, address: number, length: number, result: number) {
      const follow = (lookup & FOLLOW) !== 0
      const path = allowed(folder, address, length, 'read', !follow)
      return path === undefined ? ERRNO.ENOENT : statPath(memory(), path, follow, result)
    },
    path_filestat_set_times(
      folder: number,
      _lookup: number,
      address: number,
      length: number,
      accessed: bigint,
      modified: bigint
    ) {
      const path = allowed(folder, address, length, 'write')
      return changing(path, bytes => utimesSync(bytes, Number(accessed) / 1e9, Number(modified) / 1e9))
    },
    path_create_directory: (folder: number, address: number, length: number) =>
      changing(allowed(folder, address, length, 'write', true), path => mkdirSync(path)),
    path_remove_directory: (folder: number, address: number, length: number) =>
      changing(allowed(folder, address, length, 'write', true), path => rmdirSync(path)),
    path_unlink_file: (folder: number, address: number, length: number) =>
      changing(allowed(folder, address, length, 'write', true), path => unlinkSync(path)),
    path_rename(from: number, address: number, length: number, to: number, second: number, size: number) {
      const old = allowed(from, address, length, 'write', true)
      const target = allowed(to, second, size, 'write', true)
      if (target === undefined) return ERRNO.ENOENT
      return changing(old, path => renameSync(path, bytesOf(target)))
    },
    path_link(
      from: number,
      _lookup: number,
      address: number,
      length: number,
      to: number,
      second: number,
      size: number
    ) {
      // A second name for what may only be read would make it writable.
      const old = allowed(from, address, length, 'write')
      const target = allowed(to, second, size, 'write', true)
      if (target === undefined) return ERRNO.ENOENT
      return changing(old, path => linkSync(path, bytesOf(target)))
    },
    path_symlink(address: number, length: number, folder: number, second: number, size: number) {
      const target = memory().bytes.subarray(address, address + length)
      return changing(allowed(folder, second, size, 'write', true), path =>
        symlinkSync(Buffer.from(target), path)
      )
    },
    path_readlink(
      folder: number,
      address: number,
      length: number,
      target: number,
      size: number,
      result: number
    ) {
      const path = allowed(folder, address, length, 'read', true)
      return changing(path, bytes => {
        const text = readlinkSync(bytes, 'buffer')
        memory().setU32(result, text.copy(memory().bytes, target, 0, size))
      })
    }
  }
}

function statPath(memory: Memory, path: string, follow: boolean, result: number): number {
  try {
    const stat = follow ? statSync : lstatSync
    writeStats(memory, stat(bytesOf(path), { bigint: true }), result)
    return ERRNO.OK
  } catch (error) {
    return errnoOf(error)
  }
}

/** 64 bytes: device, inode, type, links, size, times of access, modification and change in nanoseconds. */
function writeStats(memory: Memory, stats: BigIntStats | undefined, result: number): void {
  memory.setU64(result, stats?.dev ?? 0n)
  memory.setU64(result + 8, stats?.ino ?? 0n)
  memory.setU64(result + 16, 0n)
  memory.setU8(result + 16, typeOf(stats))
  memory.setU64(result + 24, stats?.nlink ?? 1n)
  memory.setU64(result + 32, stats?.size ?? 0n)
  memory.setU64(result + 40, stats?.atimeNs ?? 0n)
  memory.setU64(result + 48, stats?.mtimeNs ?? 0n)
  memory.setU64(result + 56, stats?.ctimeNs ?? 0n)
}

function typeOf(stats: BigIntStats | undefined): number {
  if (stats === undefined) return TYPE.characters
  if (stats.isFile()) return TYPE.file
  if (stats.isDirectory()) return TYPE.folder
  if (stats.isSymbolicLink()) return TYPE.link
  if (stats.isBlockDevice()) return TYPE.blocks
  return stats.isCharacterDevice() ? TYPE.characters : TYPE.unknown
}

function bytesOf(path: string): Buffer {
  return Buffer.from(path, 'latin1')
}

const TYPE = { unknown: 0, blocks: 1, characters: 2, folder: 3, file: 4, link: 7 } as const
const ALL_RIGHTS = 0x1fff_ffffn
const RIGHT_READ = 2n
const RIGHT_WRITE = 64n
const OPEN_CREATE = 1
const OPEN_FOLDER = 2
const OPEN_EXCLUSIVE = 4
const OPEN_TRUNCATE = 8
const FD_APPEND = 1
const FOLLOW = 1
