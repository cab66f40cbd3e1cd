import type { ASTNode } from '@marcbachmann/cel-js'
import { decodeUtf8, encodeUtf8 } from '../../utf8.ts'
import { celEnvironment } from './environment.ts'

/**
 * The texts (bytes) that must equal something where an expression is true: those on a side of an `==` that is the expression
 * or one of those that `&&` joins. None of one that can't be parsed.
 */
export function comparedTexts(source: string): readonly string[] {
  try {
    return collect(celEnvironment.parse(decodeUtf8(source)).ast).map(encodeUtf8)
  } catch {
    return []
  }
}

function collect(node: ASTNode): string[] {
  if (node.op === '&&') return node.args.flatMap(collect)
  if (node.op !== '==') return []
  return node.args.flatMap(({ op, args }) => (op === 'value' && typeof args === 'string' ? [args] : []))
}
