/** Castagnoli's polynomial, its bits reversed. */
const POLYNOMIAL = 0x82f63b78

/** Eight tables, one for each byte that is taken in at once. Source: Kounavis and Berry, "Slicing-by-8", 2005. */
const tables: readonly Int32Array[] = makeTables()

function makeTables(): Int32Array[] {
  const [first, ...others] = Array.from({ length: 8 }, () => new Int32Array(256)) as [
    Int32Array,
    ...Int32Array[]
  ]
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    first[byte] = crc
  }
  let before = first
  for (const table of others) {
    for (let byte = 0; byte < 256; byte++) {
      const crc = before[byte] as number
      table[byte] = (first[crc & 0xff] as number) ^ (crc >>> 8)
    }
    before = table
  }
  return [first, ...others]
}

const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array
]

/** The CRC-32C of bytes (RFC 3720, appendix B.4), unsigned. */
export function crc32c(bytes: Uint8Array): number {
  let crc = -1
  let at = 0
  for (const end = bytes.length - 7; at < end; at += 8) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    crc =
      (t7[crc & 0xff] as number) ^
      (t6[(crc >>> 8) & 0xff] as number) ^
      (t5[(crc >>> 16) & 0xff] as number) ^
      (t4[crc >>> 24] as number) ^
      (t3[bytes[at + 4] as number] as number) ^
      (t2[bytes[at + 5] as number] as number) ^
      (t1[bytes[at + 6] as number] as number) ^
      (t0[bytes[at + 7] as number] as number)
  }
  for (; at < bytes.length; at++) crc = (t0[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8)
  return (crc ^ -1) >>> 0
}
