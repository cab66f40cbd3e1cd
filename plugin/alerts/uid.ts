import { sha256 } from '@noble/hashes/sha2.js'

/** What an alert's uid is made of. All strings are byte strings. */
export interface AlertIdentity {
  readonly application: string
  /** Source and partition whose records are correlated. */
  readonly task: string
  /** Identity of the rule whose action list raised it. */
  readonly rule: string
  /** The operation's description or the context's name, with a word before that says which. */
  readonly subject: string
  /** Id of the cause (`cause.ts`). */
  readonly cause: string
  /** Which of the things that the cause led to. */
  readonly ordinal: number
  /** Of raising, by the correlator's clock, since Epoch. */
  readonly second: number
}

/** Crockford's base 32: digits and letters without I, L, O and U. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const LAST_MILLISECOND = 2 ** 48 - 1

/**
 * `log.record.uid` of an alert: a ULID, that is 48 bits of milliseconds and 80 bits that are elsewhere random. Here they
 * are from SHA-256, so that the same alert has the same uid when its records are processed again. Source: the ULID
 * specification, https://github.com/ulid/spec.
 */
export function alertUid(identity: AlertIdentity): string {
  const { application, task, rule, subject, cause, ordinal, second } = identity
  const hash = hashOf(JSON.stringify([application, task, rule, subject, cause, ordinal]))
  // Records may claim times that a ULID has no digits for.
  const milliseconds = Math.min(Math.max(second * 1000, 0), LAST_MILLISECOND)
  return base32(milliseconds, 10) + base32(fiveBytes(hash, 0), 8) + base32(fiveBytes(hash, 5), 8)
}

/** The SHA-256 of a byte string. */
export function hashOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < bytes.length; index++) bytes[index] = text.charCodeAt(index)
  return sha256(bytes)
}

/** 40 bits fit into a number, and make eight digits. */
function fiveBytes(bytes: Uint8Array, start: number): number {
  let value = 0
  for (let index = start; index < start + 5; index++) value = value * 256 + (bytes[index] as number)
  return value
}

function base32(value: number, digits: number): string {
  let text = ''
  for (let rest = value; text.length < digits; rest = Math.floor(rest / 32)) text = DIGITS[rest % 32] + text
  return text
}
