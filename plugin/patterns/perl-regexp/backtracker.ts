import { type ByteSet, fullSet } from './byte-set.ts'
import { CaptureRecord } from './captures.ts'
import type { CharacterRules } from './character-tables.ts'
import type { CallFrame, Choice, LoopFrame, Rounds } from './choices.ts'
import type { Captures, Matcher } from './native-matcher.ts'
import type { ByteLoop, FixedLoop, Look, Program } from './program.ts'
import { hasByte, holdsAt, lineBreakLength, standsAt } from './subject.ts'

/** Steps after which a match is given up; some tenths of a second. */
const stepBudget = 2_000_000
/** Steps after which hopeless places are remembered, so that loops in loops don't try them again and again. */
const patience = 2_000
/** Bounds on memory: choices that are open, recursions within each other (Perl dies of endless ones). */
const maxChoices = 1_000_000
const maxCallDepth = 1000
const failed = -1
const anywhere = -1
const noBranch = -1
const keepAll = -1

/** Called when a match was given up because it took more than the budget of steps. */
export type OnAbandoned = () => void

/**
 * Runs a program as Perl does, captures included, for what a native expression can't do.
 *
 * It follows perlre(1) and Perl's observable behaviour: loops over one byte, over a fixed width and over anything else
 * treat captures differently when they go back.
 */
export function backtrackingMatcher(program: Program, onAbandoned: OnAbandoned): Matcher {
  const [first] = program.code
  const anchored = first?.op === 'assert' && first.at === 'textStart'
  return subject => {
    const run = new Run(program, subject)
    const lastStart = anchored ? 0 : subject.length - program.minWidth
    for (let start = 0; start <= lastStart; start++) {
      if (run.matchAt(start)) return run.captures(start)
      if (run.exhausted) {
        onAbandoned()
        return undefined
      }
    }
    return undefined
  }
}

class Run {
  readonly #program: Program
  readonly #subject: string
  readonly #captures: CaptureRecord
  readonly #choices: Choice[] = []
  /** Loops and places from which everything was tried in vain. */
  readonly #hopeless = new Set<string>()
  #steps = 0
  #end = 0

  constructor(program: Program, subject: string) {
    this.#program = program
    this.#subject = subject
    this.#captures = new CaptureRecord(program.groupCount)
  }

  get exhausted(): boolean {
    return this.#steps > stepBudget
  }

  matchAt(start: number): boolean {
    this.#captures.reset()
    this.#choices.length = 0
    this.#end = this.#run(0, start, undefined, anywhere)
    return this.#end !== failed
  }

  captures(start: number): Captures {
    const values: Captures = [this.#subject.slice(start, this.#end)]
    for (let group = 1; group <= this.#program.groupCount; group++) {
      values.push(this.#captures.isSet(group) ? this.#textOf(group) : undefined)
    }
    return values
  }

  #textOf(group: number): string {
    return this.#subject.slice(this.#captures.startOf(group), this.#captures.endOf(group))
  }

  /**
   * Runs from `pc` until `match` or `done` and returns where that was, or -1.
   * @param mustEnd where the body of a lookbehind has to end
   */
  #run(startPc: number, startPosition: number, startCall: CallFrame | undefined, mustEnd: number): number {
    const { code } = this.#program
    const choices = this.#choices
    const record = this.#captures
    const base = choices.length
    let pc = startPc
    let position = startPosition
    let loop: LoopFrame | undefined
    let call = startCall

    for (;;) {
      if (choices.length > maxChoices || (call && call.depth > maxCallDepth)) this.#steps = stepBudget
      if (++this.#steps > stepBudget) {
        choices.length = base
        return failed
      }
      const instruction = code[pc]
      let ok = true
      switch (instruction?.op) {
        case undefined:
          throw new Error(`no instruction ${pc}`)
        case 'byte':
          ok = hasByte(this.#subject, instruction.bytes, position)
          position++
          pc++
          break
        case 'lineBreak': {
          const length = lineBreakLength(this.#subject, position)
          ok = length > 0
          position += length
          pc++
          break
        }
        case 'cluster':
          ok = position < this.#subject.length
          position += this.#subject.startsWith('\r\n', position) ? 2 : 1
          pc++
          break
        case 'assert':
          ok = holdsAt(this.#subject, instruction.at, instruction.word ?? fullSet, position)
          pc++
          break
        case 'open':
          record.open(instruction.group, position)
          pc++
          break
        case 'close':
          record.close(instruction.group, position)
          pc++
          break
        case 'branch':
          choices.push({
            kind: 'branch',
            pc: instruction.other ?? noBranch,
            position,
            loop,
            call,
            last: instruction.keepsCaptures ? keepAll : record.last
          })
          pc++
          break
        case 'jump':
          pc = instruction.to
          break
        case 'byteLoop': {
          const { count, end } = this.#countBytes(instruction, position)
          ok = count >= instruction.min
          if (!ok) break
          position = this.#chooseBytes(instruction, pc + 1, end, count, record.last, loop, call)
          ok = position !== failed
          pc++
          break
        }
        case 'fixedLoop': {
          const { last } = record
          const rounds = this.#repeat(instruction, pc + 1, position, call)
          ok = rounds.count >= instruction.min
          if (!ok) break
          position = this.#chooseFixed(instruction, pc + 1, rounds.end, rounds, last, loop, call)
          ok = position !== failed
          pc = instruction.next
          break
        }
        case 'loop':
          loop = {
            loop: instruction,
            count: -1,
            roundStart: -1,
            outer: loop,
            floor: Math.min(instruction.lastClosed, record.last)
          }
          pc = instruction.next - 1
          break
        case 'loopEnd': {
          if (!loop) throw new Error(`no loop at ${pc}`)
          const { min, max, lazy, body, next } = instruction.loop
          const count: number = loop.count + 1
          const { roundStart, outer, floor }: LoopFrame = loop
          if (count < min) {
            choices.push({ kind: 'restore', pc, position, loop, call, captures: record.save(), floor })
            loop = { ...loop, count, roundStart: position }
            pc = body
          } else if (position === roundStart) {
            loop = outer
            pc = next
          } else if (this.#isHopeless(pc, position, loop)) {
            ok = false
          } else if (lazy) {
            const frame: LoopFrame = { ...loop, count }
            choices.push({
              kind: 'round',
              pc: body,
              position,
              loop: frame,
              call,
              instruction: instruction.loop
            })
            loop = outer
            pc = next
          } else if (count < max) {
            const captures = record.save()
            choices.push({
              kind: 'leave',
              pc: next,
              position,
              loop: outer,
              call,
              captures,
              floor
            })
            loop = { ...loop, count, roundStart: position }
            pc = body
          } else {
            loop = outer
            pc = next
          }
          break
        }
        case 'look':
          ok = this.#look(instruction, position, call) !== instruction.negative
          pc = instruction.next
          break
        case 'atomic': {
          const end = this.#run(pc + 1, position, call, anywhere)
          ok = end !== failed
          position = end
          pc = instruction.next
          break
        }
        case 'reference': {
          const length = this.#referenceLength(instruction.groups, instruction.fold, position)
          ok = length >= 0
          position += length
          pc++
          break
        }
        case 'ifSet':
          pc = instruction.groups.some(group => record.isSet(group)) ? pc + 1 : instruction.no
          break
        case 'ifRecursing': {
          const group = instruction.groups?.[0]
          pc = call && (group === undefined || call.group === group) ? pc + 1 : instruction.no
          break
        }
        case 'ifLook':
          pc =
            this.#look(instruction.look, position, call) !== instruction.look.negative
              ? pc + 1
              : instruction.no
          break
        case 'call': {
          const captures = record.save()
          choices.push({ kind: 'restore', pc, position, loop, call, captures, floor: 0 })
          call = {
            group: instruction.group,
            returnTo: pc + 1,
            captures,
            loop,
            outer: call,
            depth: (call?.depth ?? 0) + 1
          }
          loop = undefined
          pc = instruction.to
          break
        }
        case 'return': {
          if (!call) throw new Error(`no call at ${pc}`)
          choices.push({ kind: 'restore', pc, position, loop, call, captures: record.save(), floor: 0 })
          record.restore(call.captures)
          pc = call.returnTo
          loop = call.loop
          call = call.outer
          break
        }
        case 'fail':
          ok = false
          break
        case 'done':
          if (mustEnd !== anywhere && position !== mustEnd) {
            ok = false
            break
          }
          choices.length = base
          return position
        case 'match':
          return position
      }
      if (ok) continue

      // Goes back to the last choice that has something left.
      for (;;) {
        const choice = choices.length > base ? choices.pop() : undefined
        if (!choice) return failed
        if (choice.kind === 'hopeless') {
          this.#hopeless.add(choice.state)
          continue
        }
        if (choice.kind === 'restore') {
          record.restore(choice.captures, choice.floor)
          continue
        }
        pc = choice.pc
        position = choice.position
        loop = choice.loop
        call = choice.call
        if (choice.kind === 'branch') {
          if (choice.last !== keepAll) record.rollBack(choice.last)
          if (pc === noBranch) continue
          break
        }
        if (choice.kind === 'leave') {
          record.restore(choice.captures, choice.floor)
          break
        }
        if (choice.kind === 'round') {
          const frame = choice.loop
          if (!frame || frame.count >= choice.instruction.max) continue
          choices.push({
            kind: 'restore',
            pc,
            position,
            loop,
            call,
            captures: record.save(),
            floor: frame.floor
          })
          loop = { ...frame, roundStart: position }
          break
        }
        if (choice.kind === 'bytes') {
          const { instruction: bytes, count, last } = choice
          if (bytes.group > 0) record.rollBack(last)
          const step = this.#step(bytes, count, position)
          if (step === 0) continue
          position = this.#chooseBytes(bytes, pc, position + step, count + Math.sign(step), last, loop, call)
          if (position === failed) continue
          break
        }
        const { instruction: fixed, last } = choice
        record.rollBack(last)
        const rounds = this.#nextRounds(fixed, pc, position, choice, call)
        position = rounds ? this.#chooseFixed(fixed, pc, rounds.end, rounds, last, loop, call) : failed
        if (position === failed) continue
        pc = fixed.next
        break
      }
    }
  }

  /** Whether nothing matches after this round of a loop; where that isn't known, it will be noted when it shows. */
  #isHopeless(pc: number, position: number, loop: LoopFrame): boolean {
    if (this.#steps < patience || !this.#program.loopsForget) return false
    let state = `${pc},${position}`
    for (let frame: LoopFrame | undefined = loop; frame; frame = frame.outer) {
      const { min, max } = frame.loop
      const rounds = max === Number.POSITIVE_INFINITY ? Math.min(frame.count, min) : frame.count
      state += `,${rounds}${frame.roundStart === position ? '!' : ''}`
    }
    if (this.#hopeless.has(state)) return true
    this.#choices.push({ kind: 'hopeless', pc, position, loop: undefined, call: undefined, state })
    return false
  }

  /**
   * Finds, from `start` on in the order of the loop, the first place to go on; notes the way back and captures the last
   * round. Returns that place, or -1.
   */
  #chooseBytes(
    instruction: ByteLoop,
    pc: number,
    start: number,
    startCount: number,
    last: number,
    loop: LoopFrame | undefined,
    call: CallFrame | undefined
  ): number {
    const { group, min, max, lazy, nextBytes } = instruction
    let position = start
    let count = startCount
    // Perl doesn't look ahead from a lazy loop that begins at its last possible place.
    const lastPlace = Math.min(this.#subject.length - 1, start + max - min)
    const unchecked = lazy && count === min && position === lastPlace
    while (nextBytes && !unchecked && !hasByte(this.#subject, nextBytes, position)) {
      const step = this.#step(instruction, count, position)
      if (step === 0) return failed
      position += step
      count += Math.sign(step)
      this.#steps++
    }
    if (group > 0) this.#captureRound(group, position, count > 0 ? 1 : 0)
    this.#choices.push({ kind: 'bytes', pc, position, loop, call, instruction, count, last })
    return position
  }

  /** How far the next way of the loop is from this one, 0 where there is none. Perl gives a line break back by halves. */
  #step({ bytes, min, max, lazy }: ByteLoop, count: number, position: number): number {
    if (lazy) return count < max ? this.#unit(bytes, position) : 0
    return count > min ? -1 : 0
  }

  /** The same for a loop over a fixed width; `pc` is that of its body. */
  #chooseFixed(
    instruction: FixedLoop,
    pc: number,
    start: number,
    startRounds: Rounds,
    last: number,
    loop: LoopFrame | undefined,
    call: CallFrame | undefined
  ): number {
    const { group, nextBytes } = instruction
    let rounds: Rounds | undefined = startRounds
    let position = start
    while (nextBytes && position < this.#subject.length && !hasByte(this.#subject, nextBytes, position)) {
      this.#captures.rollBack(last)
      rounds = this.#nextRounds(instruction, pc, position, rounds, call)
      if (!rounds) return failed
      position = rounds.end
    }
    const { count, width } = rounds
    if (group > 0) this.#captureRound(group, position, count > 0 ? width : 0)
    this.#choices.push({ kind: 'fixed', pc, position, loop, call, instruction, count, width, last })
    return position
  }

  /** One round less, or in a lazy loop one more; undefined where the loop has no other way. */
  #nextRounds(
    { min, max, lazy }: FixedLoop,
    body: number,
    position: number,
    { count, width }: { readonly count: number; readonly width: number },
    call: CallFrame | undefined
  ): Rounds | undefined {
    if (!lazy) return count > min ? { count: count - 1, width, end: position - width } : undefined
    if (count >= max) return undefined
    const end = this.#run(body, position, call, anywhere)
    return end === failed ? undefined : { count: count + 1, width: end - position, end }
  }

  /** A loop with no rounds unsets its capture. */
  #captureRound(group: number, end: number, width: number): void {
    if (width > 0) this.#captures.set(group, end - width, end)
    else this.#captures.unset(group)
  }

  /** How many rounds a loop over a byte begins with. */
  #countBytes(
    { bytes, min, max, lazy }: ByteLoop,
    position: number
  ): { readonly count: number; readonly end: number } {
    const limit = lazy ? min : max
    let count = 0
    let end = position
    for (let length = 1; count < limit; count++, end += length) {
      length = this.#unit(bytes, end)
      if (length === 0) break
    }
    this.#steps += count
    return { count, end }
  }

  /** Length of what a loop over a byte or a line break repeats; 0 where it isn't there. */
  #unit(bytes: ByteSet | undefined, position: number): number {
    if (!bytes) return lineBreakLength(this.#subject, position)
    return hasByte(this.#subject, bytes, position) ? 1 : 0
  }

  /** The rounds a loop over a fixed width begins with. Its width shows when it has run once. */
  #repeat({ min, max, lazy }: FixedLoop, body: number, start: number, call: CallFrame | undefined): Rounds {
    const limit = lazy ? min : max
    let position = start
    let width = 0
    let count = 0
    while (count < limit) {
      const end = this.#run(body, position, call, anywhere)
      if (end === failed) break
      width = end - position
      position = end
      count++
    }
    return { count, width, end: position }
  }

  #look(look: Look, position: number, call: CallFrame | undefined): boolean {
    if (!look.behind) return this.#run(look.body, position, call, anywhere) !== failed
    for (let width = Math.min(look.maxWidth, position); width >= look.minWidth; width--) {
      if (this.#run(look.body, position - width, call, position) !== failed) return true
    }
    return false
  }

  /** Length of the text a reference matches at the position; -1 when it doesn't. */
  #referenceLength(groups: readonly number[], fold: CharacterRules | undefined, position: number): number {
    const group = groups.find(candidate => this.#captures.isSet(candidate))
    if (group === undefined) return failed
    const text = this.#textOf(group)
    return standsAt(this.#subject, text, fold, position) ? text.length : failed
  }
}
