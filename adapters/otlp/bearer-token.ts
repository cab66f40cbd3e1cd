import { createHash, timingSafeEqual } from 'node:crypto'
import type { Failure } from './answer.ts'

/** What a sender hears whose `Authorization` is not the bearer token that is expected; `undefined`: it is, or none is. */
export function wrongToken(
  token: string | undefined,
  authorization: string | undefined
): Failure | undefined {
  if (token === undefined) return undefined
  const [, given = ''] = /^Bearer (.+)$/i.exec(authorization ?? '') ?? []
  // Of hashes, so that neither the time nor the length says anything of the token.
  if (timingSafeEqual(hash(given), hash(token))) return undefined
  const message = authorization === undefined ? 'no bearer token' : 'wrong bearer token'
  return { type: 'failure', kind: 'unauthenticated', message }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text, 'latin1').digest()
}
