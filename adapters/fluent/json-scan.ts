import { ForwardError } from './forward-error.ts'

/** Finds where a JSON object or array ends, in bytes that may come in pieces, as `MsgpackScan` does for MessagePack. */
export class JsonScan {
  position: number
  #depth = 0
  #string: 'none' | 'inside' | 'escape' = 'none'

  constructor(position: number) {
    this.position = position
  }

  /** Bytes that are still to come, at least. */
  get missing(): number {
    return this.#depth
  }

  /** Goes on, as far as `end`. True when it has come to the end of the text, at `position`. @throws ForwardError */
  run(bytes: Buffer, end: number): boolean {
    for (let position = this.position; position < end; position++) {
      const character = String.fromCharCode(bytes[position] as number)
      if (this.#string === 'escape') this.#string = 'inside'
      else if (this.#string === 'inside') {
        if (character === '"') this.#string = 'none'
        else if (character === '\\') this.#string = 'escape'
      } else if (character === '{' || character === '[') this.#depth++
      else if (this.#depth === 0) {
        const shown = JSON.stringify(character)
        throw new ForwardError('fluent-syntax', `${shown} between messages of JSON; expected { or [`)
      } else if (character === '"') this.#string = 'inside'
      else if ((character === '}' || character === ']') && --this.#depth === 0) {
        this.position = position + 1
        return true
      }
    }
    this.position = end
    return false
  }
}
