/** No value of state is longer: 256 KiB. */
export const MOST_CHARACTERS = 256 * 1024

/** What stands for a value that was cut into so many entries. No other value looks like it. */
export interface Chunks {
  readonly chunks: number
}

/** The key of a piece of an entry's value, from 0. */
export function chunkKey(key: string, index: number): string {
  return `chunk/${index}/${key}`
}

/** The key that a piece belongs to; any other key is its own. */
export function withoutChunk(key: string): string {
  return key.replace(/^chunk\/\d+\//, '')
}
