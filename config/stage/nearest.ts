/** The word that was meant, if one is near enough to what was written. */
export function nearestWord(written: string, words: readonly string[]): string | undefined {
  let nearest: string | undefined
  // A third of the letters may be wrong, but not the only one.
  let least = Math.floor(written.length / 3) + 1
  for (const word of words) {
    const steps = distance(written.toLowerCase(), word.toLowerCase())
    if (steps < least) {
      nearest = word
      least = steps
    }
  }
  return nearest
}

/** How many letters must be added, dropped or changed to make one word of the other. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let index = 0; index < from.length; index++) {
    const next = [index + 1]
    for (let column = 0; column < to.length; column++) {
      const changed = (row[column] as number) + (from[index] === to[column] ? 0 : 1)
      next.push(Math.min(changed, (row[column + 1] as number) + 1, (next[column] as number) + 1))
    }
    row = next
  }
  return row[to.length] as number
}
