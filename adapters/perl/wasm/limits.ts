import { readLeb, skipLeb, writeLeb } from './leb128.ts'

/** What the module is given beside what it does. */
export interface ModuleLimits {
  /** Bytes that its memory may grow to. */
  readonly memoryBytes: number
  /** The name under which it exports its fuel, an i32 that each turn of a loop takes one of. */
  readonly fuelExport: string
  /**
   * The index of an imported function of three i32 that gives one; it is called with `fuelCall` and zeros when there is
   * no fuel left.
   */
  readonly import: number
  readonly fuelCall: number
}

/**
 * A module whose memory has a maximum, and whose loops ask from time to time whether they may go on. V8 can't end
 * WebAssembly but by a watchdog thread for each call, which costs more than most calls; this costs some instructions a
 * turn. The code is else as it was: no index changes.
 *
 * Source: WebAssembly Core Specification 2.0, "Binary Format".
 *
 * @throws RangeError of an instruction that is not known.
 */
export function withLimits(module: Uint8Array, limits: ModuleLimits): Uint8Array {
  const sections = sectionsOf(module)
  const fuel = readLeb(contentOf(sections, SECTION.global), 0).value
  const parts: Uint8Array[] = [module.subarray(0, HEADER_BYTES)]
  for (const { id, content } of sections) {
    parts.push(...section(id, changed(id, content, fuel, limits)))
  }
  return Buffer.concat(parts)
}

const HEADER_BYTES = 8
const PAGE_BYTES = 65_536
const SECTION = { memory: 5, global: 6, export: 7, code: 10 } as const

interface Section {
  readonly id: number
  readonly content: Uint8Array
}

function sectionsOf(module: Uint8Array): Section[] {
  const sections: Section[] = []
  for (let at = HEADER_BYTES; at < module.length; ) {
    const { value: size, next } = readLeb(module, at + 1)
    sections.push({ id: module[at] as number, content: module.subarray(next, next + size) })
    at = next + size
  }
  return sections
}

function contentOf(sections: readonly Section[], id: number): Uint8Array {
  const found = sections.find(section => section.id === id)
  if (found === undefined) throw new RangeError(`the module has no section ${id}`)
  return found.content
}

function section(id: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const size = parts.reduce((sum, { length }) => sum + length, 0)
  return [Uint8Array.from([id, ...writeLeb(size)]), ...parts]
}

function changed(id: number, content: Uint8Array, fuel: number, limits: ModuleLimits): Uint8Array[] {
  switch (id) {
    case SECTION.memory:
      return [limitedMemory(content, limits.memoryBytes)]
    case SECTION.global:
      // i32, mutable, at first 0.
      return oneMore(content, [0x7f, 1, OP.i32Const, 0, OP.end])
    case SECTION.export: {
      const name = Buffer.from(limits.fuelExport, 'latin1')
      return oneMore(content, [...writeLeb(name.length), ...name, 3, ...writeLeb(fuel)])
    }
    case SECTION.code:
      return meteredCode(content, meter(fuel, limits))
    default:
      return [content]
  }
}

/** One memory: its flags (0: no maximum), its smallest number of pages, and the greatest. */
function limitedMemory(content: Uint8Array, bytes: number): Uint8Array {
  const minimum = readLeb(content, 2)
  const pages = Math.max(minimum.value, Math.ceil(bytes / PAGE_BYTES))
  return Uint8Array.from([1, 1, ...writeLeb(minimum.value), ...writeLeb(pages)])
}

/** A list with one more element at its end. */
function oneMore(content: Uint8Array, element: readonly number[]): Uint8Array[] {
  const { value: count, next } = readLeb(content, 0)
  return [Uint8Array.from(writeLeb(count + 1)), content.subarray(next), Uint8Array.from(element)]
}

const OP = { block: 2, loop: 3, if: 4, end: 0x0b, i32Const: 0x41 } as const

/** What stands at the beginning of each loop: takes one, and asks if there is none. It leaves the stack as it was. */
function meter(fuel: number, { import: index, fuelCall }: ModuleLimits): Uint8Array {
  const global = writeLeb(fuel)
  const [get, set, subtract, less, call, drop, nothing] = [0x23, 0x24, 0x6b, 0x48, 0x10, 0x1a, 0x40]
  const takeOne = [get, ...global, OP.i32Const, 1, subtract, set, ...global]
  const ifNoneLeft = [get, ...global, OP.i32Const, 0, less, OP.if, nothing]
  const parameters = [OP.i32Const, ...writeLeb(fuelCall), OP.i32Const, 0, OP.i32Const, 0]
  return Uint8Array.from([...takeOne, ...ifNoneLeft, ...parameters, call, ...writeLeb(index), drop, OP.end])
}

function meteredCode(content: Uint8Array, inserted: Uint8Array): Uint8Array[] {
  const { value: count, next } = readLeb(content, 0)
  const parts: Uint8Array[] = [content.subarray(0, next)]
  let at = next
  for (let index = 0; index < count; index++) {
    const size = readLeb(content, at)
    const end = size.next + size.value
    const starts = loopStarts(content, size.next, end)
    parts.push(Uint8Array.from(writeLeb(size.value + starts.length * inserted.length)))
    let copied = size.next
    for (const start of starts) {
      parts.push(content.subarray(copied, start), inserted)
      copied = start
    }
    parts.push(content.subarray(copied, end))
    at = end
  }
  return parts
}

/** Where the first instruction of each loop of a function stands. */
function loopStarts(code: Uint8Array, start: number, end: number): number[] {
  const starts: number[] = []
  let at = start
  const locals = readLeb(code, at)
  at = locals.next
  for (let index = 0; index < locals.value; index++) at = skipLeb(code, at) + 1
  while (at < end) {
    const opcode = code[at] as number
    at = afterInstruction(code, at)
    if (opcode === OP.loop) starts.push(at)
  }
  return starts
}

/** Where the instruction after this one begins. */
function afterInstruction(code: Uint8Array, at: number): number {
  const opcode = code[at] as number
  const next = at + 1
  switch (IMMEDIATES[opcode]) {
    case 'none':
      return next
    case 'byte':
      return next + 1
    case 'number':
      return skipLeb(code, next)
    case 'two numbers':
      return skipLeb(code, skipLeb(code, next))
    case '4 bytes':
      return next + 4
    case '8 bytes':
      return next + 8
    case 'table': {
      const labels = readLeb(code, next)
      let after = labels.next
      for (let index = 0; index <= labels.value; index++) after = skipLeb(code, after)
      return after
    }
    case 'prefix': {
      const second = readLeb(code, next)
      let after = second.next
      const numbers = PREFIXED_NUMBERS[second.value]
      if (numbers === undefined) break
      for (let index = 0; index < numbers; index++) after = skipLeb(code, after)
      return after
    }
    default:
  }
  throw new RangeError(`unknown instruction 0x${opcode.toString(16)} in the module's code`)
}

type Immediates = 'none' | 'byte' | 'number' | 'two numbers' | '4 bytes' | '8 bytes' | 'table' | 'prefix'

/** What follows an opcode, for those that compilers to WebAssembly 1.0 and its first extensions write. */
const IMMEDIATES: readonly (Immediates | undefined)[] = immediates([
  [0x00, 0x01, 'none'], // unreachable, nop
  [0x02, 0x04, 'number'], // block, loop, if: their type
  [0x05, 0x05, 'none'], // else
  [0x0b, 0x0b, 'none'], // end
  [0x0c, 0x0d, 'number'], // br, br_if
  [0x0e, 0x0e, 'table'], // br_table
  [0x0f, 0x0f, 'none'], // return
  [0x10, 0x10, 'number'], // call
  [0x11, 0x11, 'two numbers'], // call_indirect
  [0x1a, 0x1b, 'none'], // drop, select
  [0x20, 0x26, 'number'], // variables, tables
  [0x28, 0x3e, 'two numbers'], // loads, stores: alignment, offset
  [0x3f, 0x40, 'byte'], // memory.size, memory.grow
  [0x41, 0x42, 'number'], // i32.const, i64.const
  [0x43, 0x43, '4 bytes'], // f32.const
  [0x44, 0x44, '8 bytes'], // f64.const
  [0x45, 0xc4, 'none'], // arithmetic
  [0xd0, 0xd0, 'byte'], // ref.null
  [0xd1, 0xd1, 'none'], // ref.is_null
  [0xd2, 0xd2, 'number'], // ref.func
  [0xfc, 0xfc, 'prefix']
])

/** After 0xfc: saturating conversions, then memory.init, data.drop, memory.copy, memory.fill, and the same of tables. */
const PREFIXED_NUMBERS: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1]

function immediates(ranges: readonly (readonly [number, number, Immediates])[]): (Immediates | undefined)[] {
  const table: (Immediates | undefined)[] = new Array<undefined>(256).fill(undefined)
  for (const [from, to, kind] of ranges) table.fill(kind, from, to + 1)
  return table
}
