import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { AdapterError } from '../plugin/adapter.ts'
import { systemErrorText } from './system-error.ts'

/** Paths of PEM files; byte strings. */
export interface TlsFiles {
  /** Our own certificate, with those between it and the root. */
  readonly certificate: string | undefined
  readonly key: string | undefined
  /** Who the other side's certificate is to be from. */
  readonly ca: string | undefined
}

/** What the files hold, as `node:tls` takes it. */
export interface TlsMaterial {
  readonly cert: Buffer | undefined
  readonly key: Buffer | undefined
  readonly ca: Buffer | undefined
}

/** @throws AdapterError, not retryable, of files that can't be read, hold nothing of use or do not belong together */
export function readTls({ certificate, key, ca }: TlsFiles): TlsMaterial {
  const material = { cert: readPem(certificate), key: readPem(key), ca: readPem(ca) }
  try {
    createSecureContext(material)
  } catch (error) {
    const files = [certificate, key, ca].filter(path => path !== undefined).join(', ')
    throw unusable(`can't use ${files} for TLS (${(error as Error).message}); expected PEM files`, error)
  }
  if (ca !== undefined && material.ca !== undefined) checkAuthorities(ca, material.ca)
  return material
}

const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^]*?(?:-----END [A-Z0-9 ]*-----|$)/g

/** `node:tls` passes over what is no certificate, and then trusts nobody. */
function checkAuthorities(path: string, pem: Buffer): void {
  const certificates = pem.toString('latin1').match(CERTIFICATE)
  if (certificates === null)
    throw unusable(`no certificate in ${path}; expected those of authorities, in PEM`)
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate)
    } catch (error) {
      const which = `certificate ${index + 1} of ${path}`
      throw unusable(`can't read ${which} for TLS (${(error as Error).message}); expected PEM`, error)
    }
  }
}

function readPem(path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(Buffer.from(path, 'latin1'))
  } catch (error) {
    throw unusable(`can't read ${path} for TLS (${systemErrorText(error)})`, error)
  }
}

function unusable(message: string, cause?: unknown): AdapterError {
  return new AdapterError(message, { code: 'TLS_FILES', retryable: false, cause })
}
