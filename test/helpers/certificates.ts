import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Paths of PEM files. */
export interface Certificates {
  readonly authority: string
  /** Another one, that has signed nothing here. */
  readonly otherAuthority: string
  /** Private key, certificate for 127.0.0.1 and authority, in one file. */
  readonly brokerKeystore: string
  /** The same key and certificate, each in a file. */
  readonly serverKey: string
  readonly serverCertificate: string
  /** Of the same key: one that was good until yesterday, and one for another name. */
  readonly expiredCertificate: string
  readonly strangerCertificate: string
  /** Of a client, signed by the authority. */
  readonly clientKey: string
  readonly clientCertificate: string
}

/** An authority and what it signed for a server at 127.0.0.1. */
export function makeCertificates(folder: string): Certificates {
  const at = (name: string): string => join(folder, name)
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  }
  const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  for (const name of ['authority', 'other']) {
    const out = ['-keyout', `${name}.key`, '-out', `${name}.pem`]
    openssl('req', '-x509', ...ecKey, ...out, '-subj', `/CN=${name} of tests`, '-days', '2')
  }
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1\n')
  const signer = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial']
  for (const name of ['broker', 'client']) {
    openssl('req', ...ecKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    const signed = ['-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', 'names', '-days', '2']
    openssl('x509', '-req', ...signer, ...signed)
  }
  const request = ['-in', 'broker.csr']
  openssl('x509', '-req', ...signer, ...request, '-out', 'expired.pem', '-extfile', 'names', '-days', '-1')
  writeFileSync(at('other-names'), 'subjectAltName=DNS:stranger.example\n')
  openssl(
    'x509',
    '-req',
    ...signer,
    ...request,
    '-out',
    'stranger.pem',
    '-extfile',
    'other-names',
    '-days',
    '2'
  )
  const parts = ['broker.key', 'broker.pem', 'authority.pem'].map(name => readFileSync(at(name), 'utf8'))
  writeFileSync(at('keystore.pem'), parts.join(''))
  return {
    authority: at('authority.pem'),
    otherAuthority: at('other.pem'),
    brokerKeystore: at('keystore.pem'),
    serverKey: at('broker.key'),
    serverCertificate: at('broker.pem'),
    expiredCertificate: at('expired.pem'),
    strangerCertificate: at('stranger.pem'),
    clientKey: at('client.key'),
    clientCertificate: at('client.pem')
  }
}
