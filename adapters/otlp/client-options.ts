import { AdapterError } from '../../plugin/adapter.ts'
import type { TlsFiles } from '../tls-files.ts'

export interface OtlpClientOptions {
  readonly host: string
  readonly port: number
  /** With it TLS is spoken. */
  readonly tls: ClientTls | undefined
  /** A byte string. */
  readonly token: string | undefined
  readonly compression: 'gzip' | 'none'
}

export interface ClientTls extends TlsFiles {
  /** The name that the server's certificate is to have; `undefined`: the host's. */
  readonly serverName: string | undefined
}

/** `127.0.0.1:4317`, `[::1]:4317` */
export function authority({ host, port }: Pick<OtlpClientOptions, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** What `Authorization` is to be; `undefined`: nothing. @throws AdapterError of a token that no header can have */
export function authorization({ token }: Pick<OtlpClientOptions, 'token'>): string | undefined {
  if (token === undefined) return undefined
  if (/^[!-~]+$/.test(token)) return `Bearer ${token}`
  // The libraries' own messages quote it.
  throw new AdapterError('the token of an OTLP sink has other characters than visible ones of ASCII', {
    code: 'TOKEN',
    retryable: false
  })
}
