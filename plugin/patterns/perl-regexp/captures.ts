/**
 * Perl's record of captures while it matches. `$n` is set when its end is known and no rollback to a lower group has
 * come after: Perl forgets by lowering `last`, so what a failed attempt left below it stays visible.
 */
export class CaptureRecord {
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #opened: Int32Array
  /** The highest group that was closed. */
  last = 0

  constructor(groupCount: number) {
    this.#starts = new Int32Array(groupCount + 1).fill(-1)
    this.#ends = new Int32Array(groupCount + 1).fill(-1)
    this.#opened = new Int32Array(groupCount + 1).fill(-1)
  }

  reset(): void {
    this.#starts.fill(-1)
    this.#ends.fill(-1)
    this.last = 0
  }

  open(group: number, position: number): void {
    this.#opened[group] = position
  }

  close(group: number, position: number): void {
    this.set(group, this.#opened[group] ?? -1, position)
  }

  set(group: number, start: number, end: number): void {
    this.#starts[group] = start
    this.#ends[group] = end
    if (group > this.last) this.last = group
  }

  unset(group: number): void {
    this.#ends[group] = -1
  }

  /** Forgets the groups above `last`. */
  rollBack(last: number): void {
    if (this.last > last) this.#ends.fill(-1, last + 1, this.last + 1)
    this.last = last
  }

  isSet(group: number): boolean {
    return group <= this.last && this.endOf(group) >= 0
  }

  startOf(group: number): number {
    return this.#starts[group] ?? -1
  }

  endOf(group: number): number {
    return this.#ends[group] ?? -1
  }

  save(): SavedCaptures {
    return {
      starts: this.#starts.slice(),
      ends: this.#ends.slice(),
      opened: this.#opened.slice(),
      last: this.last
    }
  }

  /** @param floor groups up to this one are left as they are */
  restore(saved: SavedCaptures, floor = 0): void {
    this.#starts.set(saved.starts.subarray(floor + 1), floor + 1)
    this.#ends.set(saved.ends.subarray(floor + 1), floor + 1)
    this.#opened.set(saved.opened.subarray(floor + 1), floor + 1)
    this.last = saved.last
    this.#ends.fill(-1, saved.last + 1)
  }
}

export interface SavedCaptures {
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly opened: Int32Array
  readonly last: number
}
