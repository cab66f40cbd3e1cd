/**
 * The pause of a polling loop that found nothing: short after there was something, twice as long each time up to what
 * the caller allows. A FIFO holds 64 KiB: a full pause after each emptying would make it a narrow pass.
 */
export class Pause {
  #nextMs = 1
  #end: (() => void) | undefined
  /** `end` came while nobody waited: the next pause is none. */
  #isSkipped = false

  /** There was something: the next pause is short. */
  shorten(): void {
    this.#nextMs = 1
  }

  /** Ends the pause under way, or the next one. */
  end(): void {
    if (this.#end === undefined) this.#isSkipped = true
    else this.#end()
  }

  async wait(limitMs: number): Promise<void> {
    const pauseMs = Math.min(this.#nextMs, limitMs)
    this.#nextMs = Math.min(this.#nextMs * 2, Math.max(limitMs, 1))
    if (this.#isSkipped) {
      this.#isSkipped = false
      await new Promise(resolve => setImmediate(resolve))
      return
    }
    await new Promise<void>(resolve => {
      const end = (): void => {
        this.#end = undefined
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(end, pauseMs)
      this.#end = end
    })
  }
}
