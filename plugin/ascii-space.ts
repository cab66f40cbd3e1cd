// Rule files are bytes: JavaScript's own \s and trim would take a latin1 no-break space for whitespace. And trimming by
// an expression costs the square of a long run of spaces.

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

/** Without the ASCII whitespace around it. */
export function trimSpace(text: string): string {
  return trimSpaceStart(trimSpaceEnd(text))
}

export function trimSpaceStart(text: string): string {
  let start = 0
  while (start < text.length && isSpace(text.charCodeAt(start))) start++
  return text.slice(start)
}

export function trimSpaceEnd(text: string): string {
  let end = text.length
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(0, end)
}

/** What stands between runs of ASCII whitespace. */
export function splitWords(text: string): readonly string[] {
  return text.split(/[ \t\n\r\f\v]+/).filter(part => part !== '')
}
