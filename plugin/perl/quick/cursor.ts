/** The code is none of those that are run here. It says nothing about whether Perl takes it. */
export class NotQuick extends Error {}

/** Goes over the text of a function. */
export class Cursor {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  get isAtEnd(): boolean {
    this.skipSpace()
    return this.at >= this.text.length
  }

  /** Space and comments. */
  skipSpace(): void {
    this.#match(/(?:[ \t\n\r\f]+|#[^\n]*(?:\n|$))*/y)
  }

  /** What a sticky expression matches here, after space; goes behind it. */
  take(expression: RegExp): RegExpExecArray | undefined {
    this.skipSpace()
    return this.takeHere(expression)
  }

  /** The same without space. */
  takeHere(expression: RegExp): RegExpExecArray | undefined {
    return this.#match(expression) ?? undefined
  }

  /** @throws NotQuick */
  expect(expression: RegExp): RegExpExecArray {
    const found = this.take(expression)
    if (found === undefined) throw new NotQuick()
    return found
  }

  /** Whether it would match. */
  sees(expression: RegExp): boolean {
    this.skipSpace()
    const before = this.at
    const found = this.#match(expression)
    this.at = before
    return found !== null
  }

  #match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.at
    const found = expression.exec(this.text)
    if (found !== null) this.at = expression.lastIndex
    return found
  }
}
