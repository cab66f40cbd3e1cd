import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readTls } from '../../adapters/tls-files.ts'
import { makeCertificates } from '../helpers/certificates.ts'
import { scratchFolder } from '../helpers/scratch.ts'

test('authorities are read, with all that may stand around them', context => {
  const folder = scratchFolder(context)
  const { authority, otherAuthority, brokerKeystore } = makeCertificates(folder)
  const bundle = join(folder, 'bundle.pem')
  const texts = [authority, otherAuthority, brokerKeystore].map(path => readFileSync(path, 'utf8'))
  writeFileSync(bundle, `# Authorities of ours\n${texts.join('\nand another:\n')}`)
  const { ca } = readTls({ certificate: undefined, key: undefined, ca: bundle })
  expect(ca).toEqual(readFileSync(bundle))
})

test('a file of authorities without any is refused: nobody would be trusted', context => {
  const folder = scratchFolder(context)
  const { authority, serverKey } = makeCertificates(folder)
  const damaged = join(folder, 'damaged.pem')
  const text = readFileSync(authority, 'utf8')
  writeFileSync(damaged, text + text.replace(/[A-Za-z0-9+/]{20}/, 'A'.repeat(20)))
  for (const [ca, message] of [
    [serverKey, `no certificate in ${serverKey}; expected those of authorities, in PEM`],
    [damaged, `can't read certificate 2 of ${damaged} for TLS (`]
  ] as const) {
    const read = (): unknown => readTls({ certificate: undefined, key: undefined, ca })
    expect(read).toThrow(message)
    expect(read).toThrow(expect.objectContaining({ code: 'TLS_FILES', retryable: false }))
  }
})
