/** Why a state can't be restored. */
export class StateError extends RangeError {
  readonly code: 'STATE_VERSION' | 'STATE_DAMAGED'
  /** The entry that is at fault. */
  readonly key: string

  constructor(code: StateError['code'], key: string, message: string) {
    super(message)
    this.name = 'StateError'
    this.code = code
    this.key = key
  }
}

/** @throws StateError always. */
export function damaged(key: string, reason: string): never {
  throw new StateError('STATE_DAMAGED', key, `state entry "${key}": ${reason}`)
}
