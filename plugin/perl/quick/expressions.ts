import type { Comparison, Expression, HashSource, ScalarSource } from './ast.ts'
import { type Cursor, NotQuick } from './cursor.ts'
import { readLiteral, readMatch } from './literals.ts'
import type { Scope } from './scope.ts'

/** Reads expressions of Perl, as far as they are run here. All of it throws NotQuick. Source: perlop, "Operator Precedence". */
export class ExpressionReader {
  readonly #cursor: Cursor
  readonly #scope: Scope

  constructor(cursor: Cursor, scope: Scope) {
    this.#cursor = cursor
    this.#scope = scope
  }

  /** With `or` and `and`, as far as no `return` stands behind them. */
  readLow(): Expression {
    let left = this.#readLowAnd()
    while (this.#cursor.take(/or\b(?!\s+return\b)/y)) left = { type: 'or', left, right: this.#readLowAnd() }
    return left
  }

  /** What `return` gives: nothing, or what stands up to the end of the statement. */
  readReturned(): Expression {
    if (this.#cursor.sees(/;|\}|(?:if|unless)\b|$/y)) return NOTHING
    const value = this.#cursor.sees(/\{/y) ? this.#readNewHash() : this.readChoice()
    if (!this.#cursor.sees(/,/y)) return value
    return { type: 'list', items: [value, ...this.#readMore()] }
  }

  readChoice(): Expression {
    const test = this.#readOr()
    if (!this.#cursor.take(/\?/y)) return test
    const yes = this.readChoice()
    this.#cursor.expect(/:/y)
    return { type: 'choice', test, yes, no: this.readChoice() }
  }

  /** `{key}` */
  readKey(): Expression {
    const [, name] = this.#cursor.take(/\{[ \t]*([A-Za-z_]\w*)[ \t]*\}/y) ?? []
    if (name !== undefined) return { type: 'text', text: name }
    this.#cursor.expect(/\{/y)
    const key = readLiteral(this.#cursor, this.#scope) ?? this.#readScalar()
    if (key === undefined) throw new NotQuick()
    this.#cursor.expect(/\}/y)
    return key
  }

  #readLowAnd(): Expression {
    let left = this.#readLowOperand()
    while (this.#cursor.take(/and\b(?!\s+return\b)/y))
      left = { type: 'and', left, right: this.#readLowOperand() }
    return left
  }

  #readLowOperand(): Expression {
    return this.#readDeclaration() ?? this.readChoice()
  }

  /** `my (…) = …` */
  #readDeclaration(): Expression | undefined {
    const [, list] = this.#cursor.take(/my\s*\(\s*((?:\$[A-Za-z_]\w*\s*,?\s*)+)\)\s*=(?![=~])/y) ?? []
    if (list === undefined) return undefined
    const names = [...list.matchAll(/\$\w+/g)].map(([name]) => name)
    const from = this.#cursor.take(/@_(?!\w)/y) === undefined ? this.readChoice() : undefined
    // Declared behind what they are set to.
    return { type: 'take', variables: names.map(name => this.#scope.declare(name)), from }
  }

  #readOr(): Expression {
    let left = this.#readAnd()
    while (this.#cursor.take(/\|\|(?!=)/y)) left = { type: 'or', left, right: this.#readAnd() }
    return left
  }

  #readAnd(): Expression {
    let left = this.#readComparison()
    while (this.#cursor.take(/&&(?!=)/y)) left = { type: 'and', left, right: this.#readComparison() }
    return left
  }

  /** One alone: which of two is done first is not asked here. */
  #readComparison(): Expression {
    const left = this.#readJoined()
    const [, operator] = this.#cursor.take(/(==|!=|<=(?!>)|>=|<(?![<=])|>(?![>=])|(?:eq|ne)\b)/y) ?? []
    if (operator === undefined) return left
    const right = this.#readJoined()
    if (this.#cursor.sees(/==|!=|<|>|(?:eq|ne|lt|gt|le|ge|cmp)\b/y)) throw new NotQuick()
    return { type: 'compare', operator: operator as Comparison, left, right }
  }

  #readJoined(): Expression {
    const parts = [this.#readBound()]
    while (this.#cursor.take(/\.(?![.=\d])/y)) parts.push(this.#readBound())
    return parts.length === 1 ? (parts[0] as Expression) : { type: 'join', parts }
  }

  /** With `=~` or `!~`. */
  #readBound(): Expression {
    const subject = this.#readUnary()
    const [, operator] = this.#cursor.take(/([=!]~)/y) ?? []
    if (operator === undefined) return subject
    if (!['variable', 'argument', 'element'].includes(subject.type)) throw new NotQuick()
    const { mode, scanner } = readMatch(this.#cursor)
    // Only these hold where the last match has ended.
    if (mode !== 'whole' && subject.type === 'element') throw new NotQuick()
    return { type: 'match', subject, negated: operator === '!~', mode, scanner }
  }

  #readUnary(): Expression {
    if (this.#cursor.take(/!(?![~=])/y)) return { type: 'not', operand: this.#readUnary() }
    const [, name] = this.#cursor.take(/\\\s*%([A-Za-z_]\w*)/y) ?? []
    if (name !== undefined) return { type: 'hashReference', variable: this.#scope.find(`%${name}`) }
    return this.#readPrimary()
  }

  #readPrimary(): Expression {
    const cursor = this.#cursor
    const [, called, parenthesis] = cursor.take(/(exists|defined)\b\s*(\()?/y) ?? []
    if (called !== undefined) {
      const operand = this.#readScalar()
      if (operand === undefined) throw new NotQuick()
      if (parenthesis !== undefined) cursor.expect(/\)/y)
      // Without parentheses these would bind more tightly.
      else if (cursor.sees(/\.|[=!]~/y)) throw new NotQuick()
      if (called === 'defined') return { type: 'defined', operand }
      if (operand.type !== 'element') throw new NotQuick()
      return { type: 'exists', hash: operand.hash, key: operand.key }
    }
    if (cursor.take(/\(/y)) return this.#readList()
    const value = readLiteral(cursor, this.#scope) ?? this.#readScalar()
    if (value === undefined) throw new NotQuick()
    return value
  }

  /** Behind `(`. */
  #readList(): Expression {
    if (this.#cursor.take(/\)/y)) return NOTHING
    const items = [this.readLow(), ...this.#readMore()]
    this.#cursor.expect(/\)/y)
    return { type: 'list', items }
  }

  /** `, …` */
  #readMore(): Expression[] {
    const items: Expression[] = []
    while (this.#cursor.take(/,/y)) {
      if (this.#cursor.sees(/\)|;|\}/y)) break
      items.push(this.readChoice())
    }
    return items
  }

  #readNewHash(): Expression {
    this.#cursor.expect(/\{/y)
    const pairs: (readonly [Expression, Expression])[] = []
    while (!this.#cursor.take(/\}/y)) {
      const [, name] = this.#cursor.take(/([A-Za-z_]\w*)\s*=>/y) ?? []
      let key: Expression | undefined
      if (name === undefined) {
        key = readLiteral(this.#cursor, this.#scope)
        this.#cursor.expect(/=>|,/y)
      } else key = { type: 'text', text: name }
      const value = readLiteral(this.#cursor, this.#scope) ?? this.#readScalar()
      if (key === undefined || value === undefined) throw new NotQuick()
      pairs.push([key, value])
      if (!this.#cursor.sees(/\}/y)) this.#cursor.expect(/,/y)
    }
    return { type: 'newHash', pairs }
  }

  /** A variable, a parameter, an element of a hash, a group of the last match. */
  #readScalar(): Expression | undefined {
    const [, digits, index, name] =
      this.#cursor.take(/\$(?:([1-9]\d*)(?!\w)|_\[\s*(\d{1,3})\s*\]|([A-Za-z]\w*|_\w+)(?!::|'|\w))/y) ?? []
    if (digits !== undefined) return this.#last({ type: 'group', group: Number(digits) })
    if (index !== undefined) return this.#withElement({ type: 'argument', index: Number(index) })
    if (name === undefined) return undefined
    if (this.#cursor.sees(/\{/y)) {
      const hash: HashSource = { type: 'hash', variable: this.#scope.find(`%${name}`) }
      return this.#last({ type: 'element', hash, key: this.readKey() })
    }
    return this.#withElement({ type: 'variable', variable: this.#scope.find(`$${name}`) })
  }

  #withElement(of: ScalarSource): Expression {
    const arrow = this.#cursor.take(/->\s*(?=\{)/y)
    if (arrow === undefined && !(of.type === 'argument' && this.#cursor.sees(/\{/y))) return this.#last(of)
    return this.#last({ type: 'element', hash: { type: 'reference', of }, key: this.readKey() })
  }

  /** Nothing is taken of it: no element of an element, no call, no slice, no counting up. */
  #last<Kind extends Expression>(value: Kind): Kind {
    if (this.#cursor.sees(/->|\[|\{|\(|\+\+|--/y)) throw new NotQuick()
    return value
  }
}

const NOTHING: Expression = { type: 'list', items: [] }
