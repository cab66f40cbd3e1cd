import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ReceiveGate, type Turn } from '../../../adapters/otlp/receive-gate.ts'

test('never more than sixteen are received, each once and in its order, and nobody is forgotten', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('begin', 'end'), fc.nat(60)), { maxLength: 200 })
  fc.assert(
    fc.property(steps, given => {
      const gate = new ReceiveGate()
      const turns: { readonly turn: Turn; began: boolean; ended: boolean }[] = []
      const order: number[] = []
      const receiving = (): number => turns.filter(({ began, ended }) => began && !ended).length
      const end = (index: number): void => {
        const each = turns[index]
        if (each === undefined) return
        each.ended = true
        each.turn.end()
      }
      for (const [what, at] of given) {
        if (what === 'begin') {
          const index = turns.length
          const each = { turn: gate.turn(), began: false, ended: false }
          turns.push(each)
          each.turn.begin(() => {
            expect(each.began).toBe(false)
            each.began = true
            order.push(index)
          })
        } else end(at % Math.max(turns.length, 1))
        const waiting = turns.filter(({ began, ended }) => !began && !ended).length
        expect(receiving()).toBeLessThanOrEqual(16)
        if (waiting > 0) expect(receiving()).toBe(16)
      }
      for (let index = 0; index < turns.length; index++) end(index)
      expect(order).toEqual([...order].sort((left, right) => left - right))
    })
  )
})

test('a turn that has ended does not begin', () => {
  const gate = new ReceiveGate()
  const turn = gate.turn()
  turn.end()
  turn.begin(() => expect.unreachable())
})
