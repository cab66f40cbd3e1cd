/** Requests that are received at once, of all connections: the library holds each whole, compressed and decompressed. */
const MOST_RECEIVING = 16

/** The turn of one request to be received. */
export interface Turn {
  /** Calls `go` when it may begin: at once, or when another one has ended. */
  begin(go: () => void): void
  /** It is received, or will not be. Safe to call twice and before `begin`. */
  end(): void
}

/** Lets a few requests be received at a time, in their order. Others wait unread, so that HTTP/2 holds their senders back. */
export class ReceiveGate {
  #receiving = 0
  readonly #waiting = new Set<() => void>()

  turn(): Turn {
    let state: 'new' | 'receiving' | 'over' = 'new'
    let enter = (): void => {}
    return {
      begin: go => {
        if (state !== 'new') return
        enter = () => {
          state = 'receiving'
          this.#receiving++
          go()
        }
        if (this.#receiving < MOST_RECEIVING) enter()
        else this.#waiting.add(enter)
      },
      end: () => {
        const wasReceiving = state === 'receiving'
        state = 'over'
        this.#waiting.delete(enter)
        if (wasReceiving) this.#next()
      }
    }
  }

  #next(): void {
    this.#receiving--
    const [next] = this.#waiting
    if (next === undefined) return
    this.#waiting.delete(next)
    next()
  }
}
