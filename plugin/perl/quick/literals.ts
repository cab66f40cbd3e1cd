import { compileScanner, type ScanMode, type Scanner } from '../../patterns/perl-regexp/scanner.ts'
import { type Cursor, NotQuick } from './cursor.ts'
import type { Expression } from './ast.ts'
import type { Scope } from './scope.ts'

/** `'…'`, `"…"` or a whole number, if one stands here. @throws NotQuick */
export function readLiteral(cursor: Cursor, scope: Scope): Expression | undefined {
  const single = cursor.take(/'((?:[^'\\]|\\[^])*)'/y)
  if (single !== undefined) return { type: 'text', text: unescapedSingle(single[1] ?? '') }
  const double = cursor.take(/"((?:[^"\\]|\\[^])*)"/y)
  if (double !== undefined) return readInterpolated(double[1] ?? '', scope)
  const number = cursor.take(/(?:0|[1-9]\d{0,14})(?![\w.])/y)
  return number === undefined ? undefined : { type: 'text', text: number[0] }
}

function unescapedSingle(text: string): string {
  return text.replace(/\\([\\'])/g, '$1')
}

/** A variable whose name another character could go on, and any other escape than these, is left to Perl. */
const PART = /([^\\$@]+)|\\([nt\\"$@])|\$([A-Za-z_]\w*|[1-9])(?![\w[{:'-])/y

function readInterpolated(text: string, scope: Scope): Expression {
  const parts: Expression[] = []
  for (let at = 0; at < text.length; at = PART.lastIndex) {
    PART.lastIndex = at
    const [found, plain, escaped, name = ''] = PART.exec(text) ?? []
    if (found === undefined) throw new NotQuick()
    if (plain !== undefined) parts.push({ type: 'text', text: plain })
    else if (escaped !== undefined) parts.push({ type: 'text', text: ESCAPES[escaped] ?? escaped })
    else if (/^\d/.test(name)) parts.push({ type: 'group', group: Number(name) })
    else parts.push({ type: 'variable', variable: scope.find(`$${name}`) })
  }
  const [first] = parts
  if (parts.length === 0) return { type: 'text', text: '' }
  return parts.length === 1 && first?.type === 'text' ? first : { type: 'join', parts }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t' }

/** What follows `=~`: `/…/` or `m/…/`. @throws NotQuick */
export function readMatch(cursor: Cursor): { readonly mode: ScanMode; readonly scanner: Scanner } {
  const [, source = '', flags = ''] = cursor.expect(/m?\/((?:[^/\\\n]|\\[^\n])+)\/([a-z]*)/y)
  if (!/^[gimsx]*$/.test(flags) || !isFixed(source)) throw new NotQuick()
  const isGlobal = flags.includes('g')
  const isAnchored = source.startsWith('\\G')
  const body = isAnchored ? source.slice(2) : source
  if (body.includes('\\G') || (isAnchored && !isGlobal)) throw new NotQuick()
  const mode = isGlobal ? (isAnchored ? 'at' : 'from') : 'whole'
  const scanner = compileScanner(body, [...new Set(flags.replaceAll('g', ''))].join(''), mode)
  if (scanner === undefined) throw new NotQuick()
  return { mode, scanner }
}

/** Whether Perl takes nothing in it for a variable, and changes no case in it, before it is taken for an expression. */
function isFixed(source: string): boolean {
  return /^(?:[^\\$@]|\\[^cEFlLNQuU]|\$(?=[)|]|$))+$/.test(source)
}
