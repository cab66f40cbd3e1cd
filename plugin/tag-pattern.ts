/** Whether a tag is meant. Tags are byte strings. */
export type TagMatcher = (tag: string) => boolean

/** So many tags are remembered: there are few of them, and each record has one. */
const REMEMBERED = 1000

/**
 * Compiles patterns of tags as `<match>` of Fluentd reads them, one or more with white space between:
 *
 * - `*` is any one part of a tag, or any rest of one; parts have dots between
 * - `**` is any number of parts, none included: `a.**` matches `a`, `a.b` and `a.b.c`
 * - `{x,y}` is `x` or `y`, which may be patterns
 * - a backslash takes the special meaning from what follows it
 *
 * Source: Fluentd documentation, "Config File Syntax: match pattern".
 *
 * @throws Error in words
 */
export function compileTagPattern(source: string): TagMatcher {
  const patterns = source.split(/[ \t\r\n]+/).filter(pattern => pattern !== '')
  if (patterns.length === 0)
    throw new Error('no pattern; expected patterns of tags such as app.** or {web,db}.*')
  const compiled = new RegExp(`^(?:${patterns.map(regexpOf).join('|')})$`)
  const known = new Map<string, boolean>()
  return tag => {
    const found = known.get(tag)
    if (found !== undefined) return found
    const result = compiled.test(tag)
    if (known.size >= REMEMBERED) known.clear()
    known.set(tag, result)
    return result
  }
}

const TOKEN = /\\([^])|(\.?)\*\*(\.?)|[*{},]|[^]/g

function regexpOf(pattern: string): string {
  let depth = 0
  const parts = [...pattern.matchAll(TOKEN)].map(([token, escaped, before, after]) => {
    if (escaped !== undefined) return literal(escaped)
    if (before !== undefined && after !== undefined) return manyParts(before !== '', after !== '')
    switch (token) {
      case '*':
        return '[^.]*'
      case '{':
        depth++
        return '(?:'
      case '}':
        if (depth === 0) return literal(token)
        depth--
        return ')'
      case ',':
        return depth === 0 ? literal(token) : '|'
      default:
        return literal(token)
    }
  })
  if (depth > 0) throw new Error(`pattern "${pattern}" has a { without }; expected {one,other}`)
  return parts.join('')
}

/** `**` takes the dots beside it along, where it stands for no part at all. */
function manyParts(hasDotBefore: boolean, hasDotAfter: boolean): string {
  if (hasDotBefore) return hasDotAfter ? '\\.(?:[^]*\\.)?' : '(?:\\.[^]*)?'
  return hasDotAfter ? '(?:[^]*\\.)?' : '[^]*'
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}
