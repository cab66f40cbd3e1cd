/** The memory of a WebAssembly instance, by its addresses. It may grow at any call, so no view outlives one. */
export class Memory {
  readonly #memory: WebAssembly.Memory
  #bytes: Buffer
  #view: DataView

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory
    this.#bytes = Buffer.from(memory.buffer)
    this.#view = new DataView(memory.buffer)
  }

  /** All of it, until it grows. */
  get bytes(): Buffer {
    if (this.#bytes.buffer !== this.#memory.buffer) {
      this.#bytes = Buffer.from(this.#memory.buffer)
      this.#view = new DataView(this.#memory.buffer)
    }
    return this.#bytes
  }

  get view(): DataView {
    return this.bytes.buffer === this.#view.buffer ? this.#view : new DataView(this.#memory.buffer)
  }

  u32(address: number): number {
    return this.view.getUint32(address, true)
  }

  setU8(address: number, value: number): void {
    this.view.setUint8(address, value)
  }

  setU16(address: number, value: number): void {
    this.view.setUint16(address, value, true)
  }

  setU32(address: number, value: number): void {
    this.view.setUint32(address, value, true)
  }

  setU64(address: number, value: bigint): void {
    this.view.setBigUint64(address, value, true)
  }

  text(address: number, length: number): string {
    return this.bytes.toString('latin1', address, address + length)
  }

  /** The C string at an address. */
  cString(address: number): string {
    return this.text(address, this.bytes.indexOf(0, address) - address)
  }

  /** Grows it to so many bytes, in whole pages. */
  growTo(bytes: number): void {
    const pages = Math.ceil((bytes - this.#memory.buffer.byteLength) / PAGE)
    if (pages > 0) this.#memory.grow(pages)
  }
}

/** Of WebAssembly. */
const PAGE = 65_536
