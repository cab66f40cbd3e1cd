/**
 * Text is bytes in the core, held as latin1 strings. This is the way to characters and back, for what wants characters:
 * JSON that leaves, CEL.
 */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/** Whether a byte string is plain ASCII, which is the same in bytes and in characters. */
export function isAscii(bytes: string): boolean {
  return !NOT_ASCII.test(bytes)
}

const NOT_ASCII = /[^\0-\x7f]/

/** The characters of a byte string that is UTF-8. What is not UTF-8 in it becomes U+FFFD. */
export function decodeUtf8(bytes: string): string {
  if (isAscii(bytes)) return bytes
  const buffer = new Uint8Array(bytes.length)
  for (let index = 0; index < bytes.length; index++) buffer[index] = bytes.charCodeAt(index)
  return decoder.decode(buffer)
}

/** The UTF-8 bytes of a text, as a byte string. A surrogate without its other half becomes U+FFFD. */
export function encodeUtf8(text: string): string {
  if (isAscii(text)) return text
  return byteString(encoder.encode(text))
}

/** Bytes as a byte string. */
export function byteString(buffer: Uint8Array): string {
  let bytes = ''
  // A call can't have any number of arguments.
  for (let start = 0; start < buffer.length; start += 8192) {
    bytes += String.fromCharCode(...buffer.subarray(start, start + 8192))
  }
  return bytes
}
