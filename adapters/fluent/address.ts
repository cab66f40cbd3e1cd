/** Where a peer is: a port of a host, or the path of a Unix socket. */
export type Address =
  | { readonly host: string; readonly port: number }
  /** A byte string. */
  | { readonly path: string }

/** Of `HOST:PORT`, `[IPv6]:PORT` or an absolute path. */
export function parseAddress(text: string): Address {
  if (text.startsWith('/')) return { path: text }
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(colon + 1)) }
}
