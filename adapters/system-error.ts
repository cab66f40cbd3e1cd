import { getSystemErrorMap } from 'node:util'

/** Where the C library says it otherwise than libuv does. */
const cLibraryTexts: Readonly<Record<string, string>> = {
  E2BIG: 'Argument list too long',
  EACCES: 'Permission denied',
  EAGAIN: 'Resource temporarily unavailable',
  EBUSY: 'Device or resource busy',
  EFBIG: 'File too large',
  EINTR: 'Interrupted system call',
  EIO: 'Input/output error',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  EMFILE: 'Too many open files',
  ENAMETOOLONG: 'File name too long',
  ENFILE: 'Too many open files in system',
  ENODEV: 'No such device',
  ENOENT: 'No such file or directory',
  ENOEXEC: 'Exec format error',
  ENOMEM: 'Cannot allocate memory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENXIO: 'No such device or address',
  EPERM: 'Operation not permitted',
  EPIPE: 'Broken pipe',
  EROFS: 'Read-only file system',
  ETXTBSY: 'Text file busy',
  // A name with NUL, which Perl says does not exist.
  ERR_INVALID_ARG_VALUE: 'No such file or directory'
}

/** What the C library's `strerror` says of a failed system call, as SEC puts it into its messages. */
export function systemErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, errno } = error as NodeJS.ErrnoException
  const text = (code === undefined ? undefined : cLibraryTexts[code]) ?? libuvText(errno)
  return text ?? error.message
}

function libuvText(errno: number | undefined): string | undefined {
  const [, text] = (errno === undefined ? undefined : getSystemErrorMap().get(errno)) ?? []
  return text === undefined ? undefined : text.charAt(0).toUpperCase() + text.slice(1)
}
