import type { Schema, ValueDescription } from './description.ts'

const file = (doc: string): ValueDescription => ({
  doc,
  format: 'text',
  default: null,
  nullable: true,
  value: 'path'
})

/** Of a source that listens. */
export const serverTlsOptions: Schema = {
  certificate: file(
    'The certificate, a PEM file, with those between it and the root. With it TLS is spoken.'
  ),
  key: file('Its private key, a PEM file.'),
  clientCa: file('Clients must show a certificate that is from one of those in this PEM file.')
}

export interface ServerTlsConfig {
  readonly certificate: string | null
  readonly key: string | null
  readonly clientCa: string | null
}

/** Of a sink that connects. */
export const clientTlsOptions: Schema = {
  enabled: { doc: 'Speak TLS.', format: 'flag', default: false },
  ca: file("Whom the server's certificate is to be from, a PEM file; by default those whom Node.js trusts."),
  certificate: file('A certificate to show to the server, a PEM file.'),
  key: file('Its private key, a PEM file.'),
  serverName: {
    doc: "The name that the server's certificate is to have; by default that of the address.",
    format: 'text',
    default: null,
    nullable: true
  }
}

export interface ClientTlsConfig {
  readonly enabled: boolean
  readonly ca: string | null
  readonly certificate: string | null
  readonly key: string | null
  readonly serverName: string | null
}
