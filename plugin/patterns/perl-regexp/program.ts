import {
  type AssertionNode,
  type BackreferenceNode,
  type ConditionalNode,
  type LookNode,
  type Node,
  type QuantifierNode,
  someNode
} from './ast.ts'
import { type ByteSet, members } from './byte-set.ts'
import { otherCase } from './character-tables.ts'
import { UnsupportedConstructError } from './diagnostics.ts'
import { loopKind } from './loop-kinds.ts'
import { widthOf } from './widths.ts'

/** One step of the backtracker. `next`, `body` and the like are indexes into the program. */
export type Instruction =
  | { readonly op: 'byte'; readonly bytes: ByteSet }
  | { readonly op: 'cluster' | 'lineBreak' }
  | { readonly op: 'assert'; readonly at: AssertionNode['at']; readonly word: ByteSet | undefined }
  | { readonly op: 'open' | 'close'; readonly group: number }
  /** Goes on with the following instruction; should that fail, with `other`, if there is one. */
  | { readonly op: 'branch'; other: number | undefined; readonly keepsCaptures: boolean }
  | { readonly op: 'jump'; to: number }
  | ByteLoop
  | FixedLoop
  | VariableLoop
  | { readonly op: 'loopEnd'; readonly loop: VariableLoop }
  | Look
  | { readonly op: 'atomic'; next: number }
  | { readonly op: 'reference'; readonly groups: readonly number[]; readonly fold: BackreferenceNode['fold'] }
  /** Goes on with the following instruction when any of the groups is set, else with `no`. */
  | { readonly op: 'ifSet'; readonly groups: readonly number[]; no: number }
  | { readonly op: 'ifRecursing'; readonly groups: readonly number[] | undefined; no: number }
  | { readonly op: 'ifLook'; readonly look: Look; no: number }
  | { readonly op: 'call'; readonly group: number; to: number }
  | { readonly op: 'return' }
  | { readonly op: 'fail' }
  /** Ends the body of a lookaround, of an atomic group or of a loop over a fixed width. */
  | { readonly op: 'done' }
  | { readonly op: 'match' }

/** Repeats a byte, or without `bytes` a line break; in a capture, when `group` isn't 0. */
export interface ByteLoop extends SimpleLoop {
  readonly op: 'byteLoop'
  readonly bytes: ByteSet | undefined
  readonly group: number
}

/** Repeats a body of one width, which follows; no captures are inside, but it may be one itself. */
export interface FixedLoop extends SimpleLoop {
  readonly op: 'fixedLoop'
  readonly group: number
  next: number
}

/** Repeats anything else; its body follows and finishes with `loopEnd`. */
export interface VariableLoop extends Counts {
  readonly op: 'loop'
  /** Groups up to this one aren't restored when a round fails. */
  readonly lastClosed: number
  body: number
  next: number
}

interface Counts {
  readonly min: number
  readonly max: number
  readonly lazy: boolean
}

interface SimpleLoop extends Counts {
  /**
   * Where the text after the loop is certain, its first byte: Perl doesn't go on elsewhere, and so captures less on its
   * way.
   */
  nextBytes: ByteSet | undefined
}

/** A lookaround whose body follows. Behind, it begins `maxWidth` to `minWidth` bytes back. */
export interface Look {
  readonly op: 'look'
  readonly behind: boolean
  readonly negative: boolean
  readonly minWidth: number
  readonly maxWidth: number
  body: number
  next: number
}

export interface Program {
  readonly code: readonly Instruction[]
  readonly groupCount: number
  readonly minWidth: number
  /** Whether what can follow the round of a loop depends on nothing but its place and the loops around it. */
  readonly loopsForget: boolean
}

/**
 * Compiles a tree for the backtracker. The choice of loop instruction follows Perl, since captures behave
 * differently in each.
 * @throws {UnsupportedConstructError} for what the backtracker doesn't do
 */
export function compileProgram(root: Node, groupCount: number): Program {
  const writer = new ProgramWriter(root)
  for (const [pc, instruction] of writer.code.entries()) {
    if (instruction.op === 'byteLoop') instruction.nextBytes = nextText(writer.code, pc + 1)
    if (instruction.op === 'fixedLoop') instruction.nextBytes = nextText(writer.code, instruction.next)
  }
  const { code } = writer
  return { code, groupCount, minWidth: widthOf(root).min, loopsForget: code.every(forgets) }
}

function forgets(instruction: Instruction): boolean {
  switch (instruction.op) {
    case 'reference':
    case 'ifSet':
    case 'ifRecursing':
    case 'call':
      return false
    case 'look':
      return !instruction.behind
    default:
      return true
  }
}

/** The first byte of the text at `start`, where one stands there whatever happens. */
function nextText(code: readonly Instruction[], start: number): ByteSet | undefined {
  let pc = start
  for (;;) {
    const instruction = code[pc]
    switch (instruction?.op) {
      case 'byte':
        return isCharacter(instruction.bytes) ? instruction.bytes : undefined
      case 'byteLoop':
        return instruction.min > 0 &&
          instruction.group === 0 &&
          instruction.bytes &&
          isCharacter(instruction.bytes)
          ? instruction.bytes
          : undefined
      case 'open':
      case 'close':
      case 'atomic':
        pc++
        break
      case 'jump':
        pc = instruction.to
        break
      case 'fixedLoop':
        if (instruction.min === 0 || instruction.group > 0) return undefined
        pc++
        break
      case 'loop':
        if (instruction.min === 0) return undefined
        pc = instruction.body
        break
      case 'look':
        if (instruction.negative) return undefined
        pc = instruction.behind ? instruction.next : instruction.body
        break
      default:
        return undefined
    }
  }
}

/** One byte, or a letter in both cases. */
function isCharacter(bytes: ByteSet): boolean {
  const [first, second, third] = members(bytes)
  if (first === undefined || third !== undefined) return false
  return second === undefined || otherCase(first, 'bytes') === second
}

function isText(node: Node): boolean {
  if (node.type === 'sequence') return node.items.every(isText)
  return node.type === 'set' && members(node.bytes).length === 1
}

class ProgramWriter {
  readonly code: Instruction[] = []
  readonly #root: Node
  readonly #calls: Extract<Instruction, { op: 'call' }>[] = []

  constructor(root: Node) {
    this.#root = root
    this.#write(root)
    this.#emit({ op: 'match' })
    this.#writeSubroutines()
  }

  #emit<T extends Instruction>(instruction: T): T {
    this.code.push(instruction)
    return instruction
  }

  get #here(): number {
    return this.code.length
  }

  #write(node: Node): void {
    switch (node.type) {
      case 'set':
        this.#emit({ op: 'byte', bytes: node.bytes })
        return
      case 'cluster':
      case 'lineBreak':
      case 'fail':
        this.#emit({ op: node.type })
        return
      case 'keep':
        return
      case 'sequence':
        for (const item of node.items) this.#write(item)
        return
      case 'alternation':
        this.#writeAlternation(node.branches)
        return
      case 'capture':
        this.#emit({ op: 'open', group: node.group })
        this.#write(node.body)
        this.#emit({ op: 'close', group: node.group })
        return
      case 'quantifier':
        this.#writeQuantifier(node)
        return
      case 'assertion':
        this.#emit({ op: 'assert', at: node.at, word: node.word })
        return
      case 'look':
        this.#writeLook(node)
        return
      case 'atomic': {
        const atomic = this.#emit({ op: 'atomic', next: 0 })
        this.#write(node.body)
        this.#emit({ op: 'done' })
        atomic.next = this.#here
        return
      }
      case 'backreference':
        this.#emit({ op: 'reference', groups: node.groups, fold: node.fold })
        return
      case 'conditional':
        this.#writeConditional(node)
        return
      case 'recursion':
        this.#calls.push(this.#emit({ op: 'call', group: node.groups[0] ?? 0, to: 0 }))
        return
      case 'verb':
        throw new UnsupportedConstructError(`the verb (*${node.name})`)
    }
  }

  #writeAlternation(branches: readonly Node[]): void {
    const jumps: Extract<Instruction, { op: 'jump' }>[] = []
    // Perl chooses among plain texts by a trie, and then leaves captures alone on the way back.
    const keepsCaptures = branches.every(isText)
    branches.forEach((branch, index) => {
      const choice = this.#emit({
        op: 'branch' as const,
        other: undefined as number | undefined,
        keepsCaptures
      })
      this.#write(branch)
      if (index === branches.length - 1) return
      jumps.push(this.#emit({ op: 'jump', to: 0 }))
      choice.other = this.#here
    })
    for (const jump of jumps) jump.to = this.#here
  }

  #writeQuantifier(node: QuantifierNode): void {
    const { body, min, max, lazy } = node
    if (max === 0) return
    const kind = loopKind(node)
    if (kind.type === 'byte') {
      const { group } = kind
      const bytes = kind.body.type === 'set' ? kind.body.bytes : undefined
      this.#emit({ op: 'byteLoop', bytes, group, min, max, lazy, nextBytes: undefined })
    } else if (kind.type === 'fixed') {
      const { group } = kind
      const loop = this.#emit({
        op: 'fixedLoop' as const,
        group,
        min,
        max,
        lazy,
        nextBytes: undefined,
        next: 0
      })
      this.#write(kind.body)
      this.#emit({ op: 'done' })
      loop.next = this.#here
    } else {
      const loop: VariableLoop = this.#emit({
        op: 'loop' as const,
        lastClosed: node.lastClosed,
        min,
        max,
        lazy,
        body: this.#here + 1,
        next: 0
      })
      this.#write(body)
      this.#emit({ op: 'loopEnd', loop })
      loop.next = this.#here
    }
  }

  #writeLook(node: LookNode): Look {
    const { min: minWidth, max: maxWidth } = widthOf(node.body)
    const { behind, negative } = node
    const look: Look = { op: 'look', behind, negative, minWidth, maxWidth, body: this.#here + 1, next: 0 }
    this.#emit(look)
    this.#write(node.body)
    this.#emit({ op: 'done' })
    look.next = this.#here
    return look
  }

  #writeConditional(node: ConditionalNode): void {
    const { condition } = node
    const test = this.#writeCondition(condition)
    this.#write(node.yes)
    const jump = this.#emit({ op: 'jump', to: 0 })
    test.no = this.#here
    this.#write(node.no)
    jump.to = this.#here
  }

  #writeCondition(condition: ConditionalNode['condition']): { no: number } {
    switch (condition.type) {
      case 'set':
        return this.#emit({ op: 'ifSet', groups: condition.groups, no: 0 })
      case 'define':
        return this.#emit({ op: 'ifSet', groups: [], no: 0 })
      case 'recursing':
        return this.#emit({ op: 'ifRecursing', groups: condition.groups, no: 0 })
      case 'look': {
        const jump = this.#emit({ op: 'jump', to: 0 })
        const look = this.#writeLook(condition)
        jump.to = this.#here
        return this.#emit({ op: 'ifLook', look, no: 0 })
      }
    }
  }

  /** Writes each group that is called once more, out of line, so that a call has one way back. */
  #writeSubroutines(): void {
    const starts = new Map<number, number>()
    for (let call = this.#calls.pop(); call; call = this.#calls.pop()) {
      let start = starts.get(call.group)
      if (start === undefined) {
        start = this.#here
        starts.set(call.group, start)
        this.#write(call.group === 0 ? this.#root : captureOf(this.#root, call.group))
        this.#emit({ op: 'return' })
      }
      call.to = start
    }
  }
}

function captureOf(root: Node, group: number): Node {
  const found: Node[] = []
  someNode(root, node => {
    if (node.type === 'capture' && node.group === group) found.push(node)
    return false
  })
  const [only, other] = found
  if (!only || other)
    throw new UnsupportedConstructError('recursion into a group number that stands in several places')
  return only
}
