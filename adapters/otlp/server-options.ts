import type { TlsOptions } from 'node:tls'
import { readTls, type TlsFiles } from '../tls-files.ts'
import type { OtlpRequests } from './requests.ts'

export interface OtlpServerOptions {
  readonly host: string
  /** 0: the system chooses a free one. */
  readonly port: number
  /** With it TLS is spoken. `ca`: senders must have a certificate that is from one of those. */
  readonly tls: TlsFiles | undefined
  /** A byte string that every sender has to know. */
  readonly token: string | undefined
  /** Of a request, decompressed. */
  readonly maxRequestBytes: number
  readonly maxConnections: number
  /** Tests have other ones. */
  readonly timeouts?: ServerTimeouts
  readonly requests: Pick<OtlpRequests, 'refusal' | 'answer'>
  /** Something was refused. The message is constant. */
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

export interface OtlpServer {
  /** `127.0.0.1:4317` */
  readonly address: string
  /** New connections are refused; those that are there stay, so that what was taken in is answered. */
  stopListening(): void
  /** Ends all. Answers that are on their way get a moment. */
  close(): Promise<void>
}

/** What ends connections of those who do not go on. */
export interface ServerTimeouts {
  /** For a TLS handshake, and for the head of a request. */
  readonly handshakeMs: number
  /** For a whole request. */
  readonly requestMs: number
  /** After so long over gRPC a peer is asked whether it is there; it has a third of that to answer. */
  readonly pingMs: number
}

export const DEFAULT_TIMEOUTS: ServerTimeouts = { handshakeMs: 10_000, requestMs: 60_000, pingMs: 60_000 }

/** How long answers on their way are waited for at the end. */
export const CLOSE_MS = 500

/** @throws AdapterError */
export function tlsOptions(files: TlsFiles, { handshakeMs }: ServerTimeouts): TlsOptions {
  const { cert, key, ca } = readTls(files)
  return {
    cert,
    key,
    minVersion: 'TLSv1.2',
    handshakeTimeout: handshakeMs,
    ...(ca !== undefined && { ca, requestCert: true, rejectUnauthorized: true })
  }
}
