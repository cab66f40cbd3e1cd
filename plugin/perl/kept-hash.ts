/** A hash that Perl keeps of a match. Where the match was made without Perl, it is made when it is first asked for. */
export class KeptHash {
  #number: number | undefined
  #make: (() => number | undefined) | undefined

  /** @param given its number in Perl, or what makes it and yields its number; none if that fails. */
  constructor(given: number | (() => number | undefined)) {
    if (typeof given === 'number') this.#number = given
    else this.#make = given
  }

  /** Whether Perl has it already; else it holds nothing but the strings of the match. */
  get isInPerl(): boolean {
    return this.#make === undefined
  }

  get number(): number | undefined {
    const make = this.#make
    this.#make = undefined
    if (make !== undefined) this.#number = make()
    return this.#number
  }
}
