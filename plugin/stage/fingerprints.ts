/** How many are kept, and for how many seconds. */
export const KEPT_FINGERPRINTS = { most: 10_000, seconds: 600 }

const PREFIX = 'fingerprint/'

/**
 * Requests that were taken in already, by fingerprint: a sender that heard no answer sends again what is settled or
 * about to be. Bounded by number and age, oldest first to go.
 */
export class Fingerprints {
  /** Seconds of arrival, in that order. */
  readonly #seen = new Map<string, number>()
  #added = new Map<string, string>()
  #removed = new Set<string>()

  /** Takes over what a checkpoint holds. */
  restore(entries: ReadonlyMap<string, string>): void {
    const found = [...entries].filter(([key]) => key.startsWith(PREFIX))
    const seen = found.map(([key, seconds]) => [key.slice(PREFIX.length), Number(seconds)] as const)
    for (const [fingerprint, seconds] of seen.sort(([, left], [, right]) => left - right)) {
      this.#seen.set(fingerprint, seconds)
    }
  }

  has(fingerprint: string): boolean {
    return this.#seen.has(fingerprint)
  }

  add(fingerprint: string, seconds: number): void {
    this.#seen.set(fingerprint, seconds)
    this.#added.set(PREFIX + fingerprint, String(seconds))
    this.#removed.delete(PREFIX + fingerprint)
    for (const [oldest, at] of this.#seen) {
      if (this.#seen.size <= KEPT_FINGERPRINTS.most && at >= seconds - KEPT_FINGERPRINTS.seconds) break
      this.#seen.delete(oldest)
      this.#added.delete(PREFIX + oldest)
      this.#removed.add(PREFIX + oldest)
    }
  }

  /** What changed since the last call, as a checkpoint keeps it. */
  changes(): { readonly set: ReadonlyMap<string, string>; readonly deleted: readonly string[] } {
    const changes = { set: this.#added, deleted: [...this.#removed] }
    this.#added = new Map()
    this.#removed = new Set()
    return changes
  }
}
