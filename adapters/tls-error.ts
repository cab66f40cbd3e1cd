/** What OpenSSL says of who speaks plain text. */
const PLAIN_TEXT: ReadonlySet<string> = new Set([
  'wrong version number',
  'http request',
  'https proxy request'
])

/**
 * An error of a connection in words. OpenSSL's own, `805C81…:error:0A00009C:SSL routines:ssl3_get_record:http request:
 * ../deps/…/ssl3_record.c:341:`, names a thread and a place in its source, and only few know what it means.
 */
export function tlsErrorText(error: Error): string {
  const [, reason] = /\berror:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/.exec(error.message) ?? []
  if (reason === undefined) return error.message
  return PLAIN_TEXT.has(reason) ? `${reason}: the other side speaks plain text and no TLS` : reason
}
