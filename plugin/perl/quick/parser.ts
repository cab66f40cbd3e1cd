import type { Expression, QuickSubroutine, Statement, VariableRef } from './ast.ts'
import { Cursor, NotQuick } from './cursor.ts'
import { ExpressionReader } from './expressions.ts'
import { Scope } from './scope.ts'

/** Reads `sub { … }`. `undefined`: something in it is Perl's alone. */
export function parseSubroutine(text: string): QuickSubroutine | undefined {
  const cursor = new Cursor(text)
  const scope = new Scope()
  try {
    cursor.expect(/sub\s*(?=\{)/y)
    const body = new StatementReader(cursor, scope).readBody()
    cursor.take(/;/y)
    return cursor.isAtEnd ? { variables: scope.count, body } : undefined
  } catch (error) {
    if (error instanceof NotQuick) return undefined
    throw error
  }
}

class StatementReader {
  readonly #cursor: Cursor
  readonly #scope: Scope
  readonly #expressions: ExpressionReader

  constructor(cursor: Cursor, scope: Scope) {
    this.#cursor = cursor
    this.#scope = scope
    this.#expressions = new ExpressionReader(cursor, scope)
  }

  /** That of the function: the value of its last statement is what it returns. */
  readBody(): readonly Statement[] {
    const statements = this.#readBlock()
    const last = statements.at(-1)
    if (last?.type !== 'value') return statements
    return [...statements.slice(0, -1), { ...last, isLast: true }]
  }

  #readBlock(): Statement[] {
    this.#cursor.expect(/\{/y)
    this.#scope.open()
    const statements: Statement[] = []
    while (!this.#cursor.take(/\}/y)) {
      if (this.#cursor.take(/;/y)) continue
      statements.push(this.#readStatement())
    }
    this.#scope.close()
    return statements
  }

  #readStatement(): Statement {
    const cursor = this.#cursor
    const [, word] = cursor.take(/(if|unless|while)\s*(?=\()/y) ?? []
    if (word !== undefined) {
      // What the condition declares ends with the statement.
      this.#scope.open()
      const statement: Statement =
        word === 'while'
          ? { type: 'while', test: this.#readTest(), body: this.#readBlock() }
          : this.#readIf(word === 'unless')
      this.#scope.close()
      return statement
    }
    const statement = this.#withModifier(this.#readSimple())
    if (!cursor.sees(/\}/y)) cursor.expect(/;/y)
    return statement
  }

  #readSimple(): Statement {
    const cursor = this.#cursor
    if (cursor.take(/return\b/y)) return { type: 'return', value: this.#expressions.readReturned() }
    return this.#readDeclared() ?? this.#readAssigned() ?? this.#readValue()
  }

  /** `my $x`, `my %h`, `my ($x, %h)`, `my $x = …` */
  #readDeclared(): Statement | undefined {
    const [, one] = this.#cursor.take(/my\s*(\$[A-Za-z_]\w*)\s*=(?![=~])/y) ?? []
    if (one !== undefined) {
      const value = this.#expressions.readChoice()
      // Under a condition it would keep its value from call to call.
      if (!this.#cursor.sees(/;|\}/y)) throw new NotQuick()
      return { type: 'assign', variable: this.#scope.declare(one), value }
    }
    const [, list] = this.#cursor.take(/my\s*(\(\s*(?:[$%]\w+\s*,?\s*)+\)|[$%]\w+)\s*(?=[;}])/y) ?? []
    if (list === undefined) return undefined
    const names = [...list.matchAll(/([$%])[A-Za-z_]\w*/g)]
    const variables = names.map(
      ([name, sigil]): VariableRef => ({ sigil: sigil as '$' | '%', variable: this.#scope.declare(name) })
    )
    return { type: 'clear', variables }
  }

  #readAssigned(): Statement | undefined {
    const [, name, opening] =
      this.#cursor.take(/\$([A-Za-z]\w*)\s*(?:=(?![=~])|(?=(\{)[^{}]*\}\s*=(?![=~])))/y) ?? []
    if (name === undefined) return undefined
    if (opening === undefined) {
      const variable = this.#scope.find(`$${name}`)
      return { type: 'assign', variable, value: this.#expressions.readChoice() }
    }
    const variable = this.#scope.find(`%${name}`)
    const key = this.#expressions.readKey()
    this.#cursor.expect(/=/y)
    return { type: 'assignElement', variable, key, value: this.#expressions.readChoice() }
  }

  /** With `or return …` behind it, if there is that. */
  #readValue(): Statement {
    const value = this.#expressions.readLow()
    const [, word] = this.#cursor.take(/(or|and)\s+return\b/y) ?? []
    if (word === undefined) return { type: 'value', value, isLast: false }
    // `A or B and return` is `A or (B and return)`.
    if (word === 'and' && value.type === 'or') throw new NotQuick()
    const body: Statement[] = [{ type: 'return', value: this.#expressions.readReturned() }]
    if (!this.#cursor.sees(/;|\}/y)) throw new NotQuick()
    return { type: 'if', branches: [{ test: negated(value, word === 'or'), body }], otherwise: undefined }
  }

  #withModifier(statement: Statement): Statement {
    const [, word] = this.#cursor.take(/(if|unless)\b/y) ?? []
    if (word === undefined) return statement
    if (statement.type === 'clear' || statement.type === 'value') throw new NotQuick()
    const test = this.#expressions.readLow()
    return {
      type: 'if',
      branches: [{ test: negated(test, word === 'unless'), body: [statement] }],
      otherwise: undefined
    }
  }

  #readIf(isUnless: boolean): Statement {
    const branches = [{ test: negated(this.#readTest(), isUnless), body: this.#readBlock() }]
    while (this.#cursor.take(/elsif\s*(?=\()/y)) {
      branches.push({ test: this.#readTest(), body: this.#readBlock() })
    }
    const otherwise = this.#cursor.take(/else\s*(?=\{)/y) ? this.#readBlock() : undefined
    return { type: 'if', branches, otherwise }
  }

  #readTest(): Expression {
    this.#cursor.expect(/\(/y)
    const test = this.#expressions.readLow()
    this.#cursor.expect(/\)/y)
    return test
  }
}

function negated(operand: Expression, isUnless: boolean): Expression {
  return isUnless ? { type: 'not', operand } : operand
}
