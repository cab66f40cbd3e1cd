import { brotliDecompressSync } from 'node:zlib'
import { PACKED_ZONES } from './bundled-zones.data.ts'

/** The TZif file that the package carries for a zone's name, for machines without time zone data. */
export function bundledZone(name: string): Uint8Array | undefined {
  zones ??= unpack()
  const place = zones.places.get(name)
  return place === undefined ? undefined : zones.bodies.subarray(place.start, place.start + place.length)
}

interface BundledZones {
  readonly places: ReadonlyMap<string, { readonly start: number; readonly length: number }>
  readonly bodies: Uint8Array
}

let zones: BundledZones | undefined

function unpack(): BundledZones {
  const bytes = brotliDecompressSync(Buffer.from(PACKED_ZONES, 'base64'))
  const newline = bytes.indexOf('\n')
  const places = JSON.parse(bytes.toString('latin1', 0, newline)) as Record<string, [number, number]>
  return {
    places: new Map(Object.entries(places).map(([name, [start, length]]) => [name, { start, length }])),
    bodies: bytes.subarray(newline + 1)
  }
}
