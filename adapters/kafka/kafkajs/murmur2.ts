const SEED = 0x9747b28c
const M = 0x5bd1e995

/**
 * The hash by which Java clients choose a key's partition, 32 bits with a sign: MurmurHash2 with Kafka's seed. kafkajs'
 * own makes objects of its numbers. Source: Kafka's `Utils.murmur2`, https://github.com/aappleby/smhasher.
 */
export function murmur2(key: Buffer): number {
  const { length } = key
  const end = length & ~3
  let hash = SEED ^ length
  for (let at = 0; at < end; at += 4) {
    let word = Math.imul(key.readInt32LE(at), M)
    word = Math.imul(word ^ (word >>> 24), M)
    hash = Math.imul(hash, M) ^ word
  }
  if (end < length) {
    for (let at = length - 1; at >= end; at--) hash ^= (key[at] as number) << (8 * (at - end))
    hash = Math.imul(hash, M)
  }
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}
