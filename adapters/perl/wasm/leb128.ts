/** Numbers of WebAssembly's binary format: seven bits a byte, the lowest first; the highest bit says that more follow. */
export function readLeb(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0
  let next = at
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[next++] as number
    value += (byte & 127) * scale
    if (byte < 128) return { value, next }
  }
}

/** Where the number ends: also a signed one. */
export function skipLeb(bytes: Uint8Array, at: number): number {
  let next = at
  while ((bytes[next++] as number) >= 128) {}
  return next
}

export function writeLeb(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push((rest % 128) | (rest > 127 ? 128 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return bytes
}
