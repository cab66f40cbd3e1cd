import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { Encoder } from '@msgpack/msgpack'
import { MsgpackReader } from './msgpack-reader.ts'

/**
 * The handshake by which both sides show that they know a shared key, and the client that it knows a password.
 * Source: Forward Protocol Specification v1, "Handshake Messages":
 *
 *     server: [HELO, { nonce, auth, keepalive }]     auth is a salt, '' where no user is asked for
 *     client: [PING, hostname, salt, hex(salt hostname nonce key), user, hex(auth user password)]
 *     server: [PONG, result, reason, hostname, hex(salt hostname nonce key)]
 *
 * where hex is the SHA-512 in hexadecimal digits. All texts are byte strings here.
 */
export interface Credentials {
  /** The name that this side gives itself: the other one must have another. */
  readonly hostname: string
  readonly sharedKey: string
  /** The password goes with it. */
  readonly user: string | undefined
  readonly password: string | undefined
}

/** What a server asks for. */
export interface Helo {
  readonly nonce: string
  /** '': no user and password. */
  readonly auth: string
  readonly keepalive: boolean
}

/** What a client says of itself. */
export interface Ping {
  readonly hostname: string
  readonly salt: string
  readonly digest: string
  readonly user: string
  readonly passwordDigest: string
}

export interface Pong {
  readonly accepted: boolean
  readonly reason: string
  readonly hostname: string
  readonly digest: string
}

const encoder = new Encoder()

/** Random, and of ASCII, since some peers take it for text. */
export function salt(): string {
  return randomBytes(16).toString('hex')
}

export function newHelo({ user }: Credentials): Helo {
  return { nonce: salt(), auth: user === undefined ? '' : salt(), keepalive: true }
}

/** Fluentd sends nonce and salt as `bin`, and so does this. */
export function encodeHelo({ nonce, auth, keepalive }: Helo): Uint8Array {
  return encoder.encode(['HELO', { nonce: bytesOf(nonce), auth: auth && bytesOf(auth), keepalive }])
}

export function newPing(credentials: Credentials, { nonce, auth }: Helo, ownSalt: string): Ping {
  const { hostname, sharedKey, user = '', password = '' } = credentials
  return {
    hostname,
    salt: ownSalt,
    digest: sha512(ownSalt, hostname, nonce, sharedKey),
    user: auth === '' ? '' : user,
    passwordDigest: auth === '' ? '' : sha512(auth, user, password)
  }
}

export function encodePing({ hostname, salt: own, digest, user, passwordDigest }: Ping): Uint8Array {
  return encoder.encode(['PING', hostname, bytesOf(own), digest, user, passwordDigest])
}

/** Why a server does not let a client in; `undefined`: it does. */
export function refusal(credentials: Credentials, { nonce, auth }: Helo, ping: Ping): string | undefined {
  const { hostname, sharedKey, user = '', password = '' } = credentials
  if (ping.hostname === hostname) return 'same hostname on both sides'
  if (!isSame(ping.digest, sha512(ping.salt, ping.hostname, nonce, sharedKey))) return 'shared key mismatch'
  if (auth === '') return undefined
  const isKnown =
    Number(isSame(ping.user, user)) & Number(isSame(ping.passwordDigest, sha512(auth, user, password)))
  return isKnown === 1 ? undefined : 'username/password mismatch'
}

export function encodePong(
  { hostname, sharedKey }: Credentials,
  { nonce }: Helo,
  ping: Ping,
  reason: string | undefined
): Uint8Array {
  const digest = reason === undefined ? sha512(ping.salt, hostname, nonce, sharedKey) : ''
  return encoder.encode(['PONG', reason === undefined, reason ?? '', hostname, digest])
}

/** Why a client does not trust a server's answer; `undefined`: it does. */
export function distrust(
  credentials: Credentials,
  { nonce }: Helo,
  ping: Ping,
  pong: Pong
): string | undefined {
  if (!pong.accepted) return `refused us (${pong.reason || 'no reason given'})`
  if (pong.hostname === credentials.hostname) return 'has the same hostname as we have'
  const expected = sha512(ping.salt, pong.hostname, nonce, credentials.sharedKey)
  return isSame(pong.digest, expected) ? undefined : 'does not know the shared key'
}

/** `undefined`: it is no HELO. @throws ForwardError */
export function readHelo(message: Buffer): Helo | undefined {
  const [type, options] = arrayOf(message)
  if (type !== 'HELO' || typeof options !== 'object' || options === null) return undefined
  const { nonce, auth = '', keepalive = true } = options as Readonly<Record<string, unknown>>
  if (typeof nonce !== 'string' || (typeof auth !== 'string' && auth !== null)) return undefined
  return { nonce, auth: auth ?? '', keepalive: keepalive === true }
}

/** `undefined`: it is no PING. @throws ForwardError */
export function readPing(message: Buffer): Ping | undefined {
  const [type, hostname, own, digest, user = '', passwordDigest = ''] = arrayOf(message)
  if (type !== 'PING' || typeof hostname !== 'string' || typeof own !== 'string') return undefined
  if (typeof digest !== 'string') return undefined
  return { hostname, salt: own, digest, user: textOf(user), passwordDigest: textOf(passwordDigest) }
}

/** `undefined`: it is no PONG. @throws ForwardError */
export function readPong(message: Buffer): Pong | undefined {
  const [type, accepted, reason = '', hostname = '', digest = ''] = arrayOf(message)
  if (type !== 'PONG' || typeof accepted !== 'boolean') return undefined
  return { accepted, reason: textOf(reason), hostname: textOf(hostname), digest: textOf(digest) }
}

function arrayOf(message: Buffer): readonly unknown[] {
  const value: unknown = new MsgpackReader(message).value()
  return Array.isArray(value) ? (value as readonly unknown[]) : []
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function sha512(...parts: readonly string[]): string {
  const hash = createHash('sha512')
  for (const part of parts) hash.update(part, 'latin1')
  return hash.digest('hex')
}

/** In a time that does not tell where they differ. */
function isSame(left: string, right: string): boolean {
  const [one, other] = [left, right].map(text => createHash('sha256').update(text, 'latin1').digest())
  return timingSafeEqual(one as Buffer, other as Buffer)
}
