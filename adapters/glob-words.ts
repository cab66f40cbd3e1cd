/**
 * Splits a glob as Perl's `glob` does: at white space that is neither quoted nor escaped. Quotes are dropped, escapes
 * stay for `parseGlob`, and what quotes hold is still a pattern. From a quote that is not closed nothing is split: the
 * whole text is the last word.
 */
export function splitGlobWords(text: string): string[] {
  const trimmed = text.replace(/^[ \t\n\r\f\v]+/, '').replace(/(?<!\\)[ \t\n\r\f\v]+$/, '')
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < trimmed.length; at++) {
    const char = trimmed.charAt(at)
    if (char === '\\') {
      word = (word ?? '') + char + trimmed.charAt(++at)
    } else if (char === '"' || char === "'") {
      const end = closingQuote(trimmed, at)
      if (end === undefined) return [...words, trimmed.replace(/[ \t\n\r\f\v]+$/, '')]
      word = (word ?? '') + trimmed.slice(at + 1, end)
      at = end
    } else if (/[ \t\n\r\f\v]/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      word = (word ?? '') + char
    }
  }
  if (word !== undefined) words.push(word)
  return words
}

function closingQuote(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === text[start]) return at
  }
  return undefined
}
