import { expect, test } from 'vitest'
import { lossMessages } from '../../cli/losses.ts'

const none = { cutLines: 0, cutBytes: 0, droppedWrites: 0, failedWrites: 0 }

test('nothing is said where nothing was lost', () => {
  expect(lossMessages(none, none)).toEqual([])
})

test('each kind of loss has its own line, with its numbers', () => {
  expect(
    lossMessages({ cutLines: 1, cutBytes: 20 }, { cutBytes: 3, droppedWrites: 4, failedWrites: 5 })
  ).toEqual([
    'Input lines were too long and were cut: 1, bytes 20',
    'Lines of programs were too long and were cut: bytes 3',
    'Writes to pipes without a reader or room were dropped: 4',
    'Writes failed or came short: 5'
  ])
})
