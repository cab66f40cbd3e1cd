import { expect, test } from 'vitest'
import { parseCommand } from '../../../adapters/effects/command-line.ts'

// Each line as Perl 5.36's exec takes it, seen by the system calls that it makes.
const direct: [command: string, words: string[]][] = [
  [' echo  a\tb\n', ['echo', 'a', 'b']],
  ['echo a\vb\fc\rd', ['echo', 'a', 'b', 'c', 'd']],
  ['a-b=2 echo', ['a-b=2', 'echo']],
  ['echo A=1', ['echo', 'A=1']],
  ['execs', ['execs']],
  ['exec', ['exec']],
  ['echo a#b !', ['echo', 'a#b', '!']],
  ['echo ^ % + , : @ = _ -', ['echo', '^', '%', '+', ',', ':', '@', '=', '_', '-']],
  ['cd /', ['cd', '/']],
  ['echo\xa0b', ['echo\xa0b']],
  ['/bin/true\0;x', ['/bin/true']]
]

test.each(direct)('%j needs no shell', (command, words) => {
  const [file, ...args] = words
  expect(parseCommand(command)).toEqual({ file, args, mergesErrors: false })
})

test.each([
  'A=1 echo',
  '_x=2 echo',
  '1x=2 echo',
  'A= echo',
  'PATH=x',
  'exec echo',
  ' exec echo',
  'exec\techo',
  '. foo',
  'echo a\nb',
  'echo a\n\n',
  'echo a >&1',
  'echo a2>&1',
  'echo 2>&1 b',
  '[ a ]',
  'a[1]=2',
  ...Array.from('"$&\'()*;<>?[\\]`{|}~', character => `echo a${character}b`)
])('%j goes to the shell', command => {
  const { file, args } = parseCommand(command) ?? {}
  expect([file, args]).toEqual(['/bin/sh', ['-c', command.trimStart()]])
})

test.each(['echo a 2>&1', 'echo a 2>&1  ', 'echo a 2>&1\n'])('%j shares standard error', command => {
  expect(parseCommand(command)).toEqual({ file: 'echo', args: ['a'], mergesErrors: true })
})

test('a list is taken as it is', () => {
  expect(parseCommand(['a b', '$c', ''])).toEqual({ file: 'a b', args: ['$c', ''], mergesErrors: false })
})

test.each([['', ' ', '\0x', []]].flat())('%j is nothing to execute', command => {
  expect(parseCommand(command)).toBeUndefined()
})
