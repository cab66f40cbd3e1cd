import type { ASTNode } from '@marcbachmann/cel-js'
import { decodeUtf8, encodeUtf8 } from '../../utf8.ts'
import { celEnvironment } from './environment.ts'

/**
 * The attributes without which an expression can't be true, by name (bytes): those that a comparison looks at which is the
 * expression or one of those that `&&` joins. A missing one would be an error in CEL, and errors cost ten times what the
 * expression does, on records that are simply of another kind.
 */
export function requiredAttributes(expression: ASTNode): readonly string[] {
  const names = new Set<string>()
  collectFromConjunction(expression, names)
  return [...names].map(encodeUtf8)
}

/** The same of an expression's source (bytes); none of one that can't be parsed. */
export function requiredAttributesOf(source: string): readonly string[] {
  try {
    return requiredAttributes(celEnvironment.parse(decodeUtf8(source)).ast)
  } catch {
    return []
  }
}

function collectFromConjunction(node: ASTNode, names: Set<string>): void {
  if (node.op === '&&') for (const operand of node.args) collectFromConjunction(operand, names)
  else collect(node, names)
}

/** Looks only where evaluation always comes, and where no other operand makes good for an error. */
function collect(node: ASTNode, names: Set<string>): void {
  switch (node.op) {
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      for (const operand of node.args) collect(operand, names)
      break
    case '!_':
    case '-_':
      collect(node.args, names)
      break
    case '.':
    case '[]': {
      const name = attributeOf(node)
      if (name === undefined) collect(node.args[0], names)
      else names.add(name)
      break
    }
    case 'rcall':
      collect(node.args[1], names)
      break
    default: // what may do without: has(), ||, ?:, macros
  }
}

/** The name of an attribute that `record.attributes.name` or `record.attributes["name"]` refers to. */
function attributeOf(node: ASTNode & { readonly op: '.' | '[]' }): string | undefined {
  const [map] = node.args
  if (map.op !== '.' || map.args[1] !== 'attributes') return undefined
  const [owner] = map.args
  if (owner.op !== 'id' || owner.args !== 'record') return undefined
  if (node.op === '.') return node.args[1]
  const [, key] = node.args
  return key.op === 'value' && typeof key.args === 'string' ? key.args : undefined
}
