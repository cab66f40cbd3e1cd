/** Perl itself refuses the pattern; the message is Perl's, without its " at FILE line N". */
export class PerlSyntaxError extends Error {}

/** Valid Perl that is not translated, because the result would not be exact. */
export class UnsupportedConstructError extends Error {
  readonly construct: string
  constructor(construct: string) {
    super(`${construct} has no exact translation`)
    this.construct = construct
  }
}

/** Perl's way to point at a place: the text up to `position`, a mark, the rest. */
export function markedMessage(text: string, source: string, position: number): string {
  const before = source.slice(0, position)
  return `${text} in regex; marked by <-- HERE in m/${before} <-- HERE ${source.slice(position)}/`
}

const shownLength = 127

/** Perl's message without a place; it cuts long patterns. */
export function unmarkedMessage(text: string, source: string): string {
  const shown = source.length > shownLength ? `${source.slice(0, shownLength - 10)}...` : source
  return `${text} in regex m/${shown}/`
}
