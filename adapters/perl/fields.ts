/**
 * A message between the rules and their Perl: fields, each its length in bytes (32 bits, big-endian) and its bytes. In
 * Perl: `pack '(N/a*)*'`. All are byte strings (latin1).
 */
export function encodeFields(fields: readonly string[]): string {
  let message = ''
  for (const field of fields) message += lengthOf(field) + field
  return message
}

/** @throws RangeError of a message that is cut short. */
export function decodeFields(message: string): string[] {
  const fields: string[] = []
  for (let at = 0; at < message.length; ) {
    const length =
      message.charCodeAt(at) * 2 ** 24 +
      (message.charCodeAt(at + 1) << 16) +
      (message.charCodeAt(at + 2) << 8) +
      message.charCodeAt(at + 3)
    const end = at + 4 + length
    if (!(end <= message.length)) throw new RangeError(`a field of Perl's answer is cut short at byte ${at}`)
    fields.push(message.slice(at + 4, end))
    at = end
  }
  return fields
}

function lengthOf({ length }: string): string {
  return length < 256
    ? `\0\0\0${String.fromCharCode(length)}`
    : String.fromCharCode((length >>> 24) & 255, (length >>> 16) & 255, (length >>> 8) & 255, length & 255)
}
