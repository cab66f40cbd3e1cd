/** Error numbers of WASI preview 1, by their names in POSIX. Source: WASI specification, "errno". */
export const ERRNO = {
  OK: 0,
  EACCES: 2,
  EAGAIN: 6,
  EBADF: 8,
  EBUSY: 10,
  EEXIST: 20,
  EFBIG: 22,
  EINVAL: 28,
  EIO: 29,
  EISDIR: 31,
  ELOOP: 32,
  EMFILE: 33,
  ENAMETOOLONG: 37,
  ENFILE: 41,
  ENODEV: 43,
  ENOENT: 44,
  ENOSPC: 51,
  ENOSYS: 52,
  ENOTDIR: 54,
  ENOTEMPTY: 55,
  ENXIO: 60,
  EPERM: 63,
  EPIPE: 64,
  EROFS: 69,
  ESPIPE: 70,
  ETXTBSY: 74,
  EXDEV: 75
} as const

/** What a call of Node.js's file system has thrown, as WASI says it. */
export function errnoOf(error: unknown): number {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return (ERRNO as Readonly<Record<string, number>>)[code] ?? ERRNO.EIO
}
