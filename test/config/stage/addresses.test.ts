import { describe, expect, test } from 'vitest'
import { checkConfiguration, checkText } from '../../../config/stage/check.ts'
import type { PartsDescription } from '../../../config/stage/description.ts'
import { valueFormats } from '../../../config/stage/formats.ts'
import { urlForms } from '../../../config/stage/part-text.ts'

const parts: PartsDescription = {
  doc: 'Peers.',
  format: 'array',
  default: [],
  types: {
    peer: {
      doc: 'One.',
      location: 'address',
      hasAddress: true,
      options: {
        address: { doc: 'Where.', format: 'address', default: '127.0.0.1:24224' },
        tls: { ca: { doc: 'A file.', format: 'text', default: null, nullable: true } }
      }
    },
    peers: {
      doc: 'Several.',
      location: 'addresses',
      hasAddress: true,
      options: { addresses: { doc: 'Where.', format: 'addresses', default: null, required: true } }
    }
  }
}

function ofUrl(url: string): unknown {
  const problems: string[] = []
  const value = checkText(parts, url, {
    place: () => 'here',
    problem: each => problems.push(each),
    secret: () => ''
  })
  return problems.length > 0 ? problems : value
}

test('an address stands where a URL has its host', () => {
  expect(ofUrl('peer://192.0.2.1:24224?tls.ca=ca.pem')).toEqual([
    { type: 'peer', name: '192.0.2.1:24224', address: '192.0.2.1:24224', tls: { ca: 'ca.pem' } }
  ])
  expect(ofUrl('peer:localhost:24224')).toMatchObject([{ address: 'localhost:24224' }])
  expect(ofUrl('peer:///run/fluent%20d.sock')).toMatchObject([{ address: '/run/fluent d.sock' }])
  expect(ofUrl('peers://one:1,[::1]:2,/run/three')).toMatchObject([
    { name: 'one:1,[::1]:2,/run/three', addresses: ['one:1', '[::1]:2', '/run/three'] }
  ])
  expect(urlForms(parts.types)).toEqual(['peer://ADDRESS', 'peers://ADDRESSES'])
})

test('without one the part is named after its default', () => {
  expect(ofUrl('peer:')).toEqual([{ type: 'peer', name: '127.0.0.1:24224' }])
  expect(
    checkConfiguration(
      { parts },
      { parts: ['peer'] },
      { place: () => '', problem: () => {}, secret: () => '' }
    )
  ).toEqual({ parts: [{ type: 'peer', name: '127.0.0.1:24224' }] })
})

describe('what is no address', () => {
  test.each(['localhost', ':24224', 'host:70000', 'host:', '::1:24224', 'run/fluent.sock', 'a b:1', ''])(
    '%j',
    text => {
      expect(valueFormats.address.readText(text)).toBeUndefined()
      expect(valueFormats.addresses.read(['host:1', text])).toBeUndefined()
    }
  )

  test('is said', () => {
    expect(ofUrl('peer://localhost')).toEqual([
      'here: wrong value "localhost" for "address"; expected HOST:PORT or the absolute path of a Unix socket'
    ])
  })
})
