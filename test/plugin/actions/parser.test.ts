import { describe, expect, test } from 'vitest'
import { parseActionList } from '../../../plugin/actions/parser.ts'
import { type PerlLoader, perlLoader } from '../../../plugin/perl/source.ts'
import { anyPerl } from '../../helpers/perl-loader.ts'
import { actions } from '../../../plugin/actions/registry.ts'

function parse(
  text: string,
  perl: PerlLoader = anyPerl
): { list: unknown; errors: string[]; notYet: string[] } {
  const errors: string[] = []
  const notYet: string[] = []
  const list = parseActionList(text, {
    perl,
    error: message => errors.push(message),
    notYet: message => notYet.push(message)
  })
  return { list, errors, notYet }
}

// One line or more for each action; what the parts are was read off SEC's dump of a context with the same list.
const single: readonly [text: string, definition: object][] = [
  ['none', { type: 'none' }],
  ['NONE', { type: 'none' }],
  ['break', { type: 'break' }],
  ['continue', { type: 'continue' }],
  ['logonly', { type: 'logonly', text: '%s' }],
  ['logonly  a  b', { type: 'logonly', text: 'a  b' }],
  ['logonly ()', { type: 'logonly', text: '%s' }],
  ['alert', { type: 'alert', text: '%s' }],
  ['alert disk full', { type: 'alert', text: 'disk full' }],
  ['alert critical', { type: 'alert', severity: 'critical', text: '%s' }],
  ['alert warning  a  b', { type: 'alert', severity: 'warning', text: 'a  b' }],
  ['alert 17 $1 is down', { type: 'alert', severity: '17', text: '$1 is down' }],
  ['alert 25 users', { type: 'alert', text: '25 users' }],
  ['alert Error 5', { type: 'alert', text: 'Error 5' }],
  ['alert (error in line 5)', { type: 'alert', text: 'error in line 5' }],
  ['write - a (b) c', { type: 'write', path: '-', text: 'a (b) c' }],
  ['write (a b) c', { type: 'write', path: '(a', text: 'b) c' }],
  ['write ((a)) ((c))', { type: 'write', path: '(a)', text: '(c)' }],
  ['writen f', { type: 'writen', path: 'f', text: '%s' }],
  ['owritecl f x', { type: 'owritecl', path: 'f', text: 'x' }],
  ['closef (f)', { type: 'closef', path: 'f' }],
  ['udgram /dev/log x', { type: 'udgram', path: '/dev/log', text: 'x' }],
  ['closeudgr /dev/log', { type: 'closeudgr', path: '/dev/log' }],
  ['ustream s x', { type: 'ustream', path: 's', text: 'x' }],
  ['closeustr s', { type: 'closeustr', path: 's' }],
  ['udpsock h:1 x', { type: 'udpsock', peer: 'h:1', text: 'x' }],
  ['closeudp h:1', { type: 'closeudp', peer: 'h:1' }],
  ['tcpsock h:1 x', { type: 'tcpsock', peer: 'h:1', text: 'x' }],
  ['closetcp h:1', { type: 'closetcp', peer: 'h:1' }],
  ['shellcmd (rm a; rm b)', { type: 'shellcmd', command: 'rm a; rm b' }],
  ['shellcmd (x) y (z)', { type: 'shellcmd', command: 'x) y (z' }],
  ['shellcmd \\)x\\( \\y \\\\(x\\)', { type: 'shellcmd', command: ')x( \\y \\(x)' }],
  ['spawn a b', { type: 'spawn', command: 'a b' }],
  ['cspawn C a b', { type: 'cspawn', context: 'C', command: 'a b' }],
  ['cmdexec a  b', { type: 'cmdexec', command: ['a', 'b'] }],
  ['cmdexec (x) (y z)', { type: 'cmdexec', command: ['x)', '(y', 'z'] }],
  ['spawnexec a $1', { type: 'spawnexec', command: ['a', '$1'] }],
  ['cspawnexec C a', { type: 'cspawnexec', context: 'C', command: ['a'] }],
  ["pipe '(x;y)' z", { type: 'pipe', text: 'x;y', command: 'z' }],
  ["pipe '  x  '  y", { type: 'pipe', text: '  x  ', command: 'y' }],
  ["pipe 'a' b' c", { type: 'pipe', text: 'a', command: "b' c" }],
  ["pipe ''", { type: 'pipe', text: '%s' }],
  ["pipeexec 'x' a b", { type: 'pipeexec', text: 'x', command: ['a', 'b'] }],
  ['create', { type: 'create', name: '%s', time: '0' }],
  ['create C', { type: 'create', name: 'C', time: '0' }],
  ['create () ()', { type: 'create', name: '%s', time: '0' }],
  ['create (C) (5) (none)', { type: 'create', name: 'C', time: '5', actions: [{ type: 'none' }] }],
  ['create C 5 ()', { type: 'create', name: 'C', time: '5' }],
  [
    'create C 5 create D 6 (none; break)',
    {
      type: 'create',
      name: 'C',
      time: '5',
      actions: [{ type: 'create', name: 'D', time: '6', actions: [{ type: 'none' }, { type: 'break' }] }]
    }
  ],
  ['delete', { type: 'delete', name: '%s' }],
  ['obsolete C', { type: 'obsolete', name: 'C' }],
  ['set C - none', { type: 'set', name: 'C', time: '-', actions: [{ type: 'none' }] }],
  ['set C 5 (;)', { type: 'set', name: 'C', time: '5' }],
  ['alias C', { type: 'alias', name: 'C', alias: '%s' }],
  ['unalias C', { type: 'unalias', alias: 'C' }],
  ['add C x y', { type: 'add', name: 'C', text: 'x y' }],
  ['prepend C', { type: 'prepend', name: 'C', text: '%s' }],
  ['fill C x', { type: 'fill', name: 'C', text: 'x' }],
  ['report C', { type: 'report', name: 'C' }],
  ['report C mail root', { type: 'report', name: 'C', command: 'mail root' }],
  ['reportexec C mail root', { type: 'reportexec', name: 'C', command: ['mail', 'root'] }],
  ['copy C %v', { type: 'copy', name: 'C', variable: 'v' }],
  ['empty C', { type: 'empty', name: 'C' }],
  ['empty C %v', { type: 'empty', name: 'C', variable: 'v' }],
  ['pop C %v', { type: 'pop', name: 'C', variable: 'v' }],
  ['shift C %v', { type: 'shift', name: 'C', variable: 'v' }],
  ['trim -10 C %v_1', { type: 'trim', time: '-10', name: 'C', variable: 'v_1' }],
  ['exists %v C', { type: 'exists', variable: 'v', name: 'C' }],
  ['getsize %v C', { type: 'getsize', variable: 'v', name: 'C' }],
  ['getaliases %v C', { type: 'getaliases', variable: 'v', name: 'C' }],
  ['getltime %v C', { type: 'getltime', variable: 'v', name: 'C' }],
  ['setltime C', { type: 'setltime', name: 'C', time: '0' }],
  ['getctime %v C', { type: 'getctime', variable: 'v', name: 'C' }],
  ['setctime %u C', { type: 'setctime', time: '%u', name: 'C' }],
  ['event', { type: 'event', time: '0', text: '%s' }],
  ['event 5', { type: 'event', time: '5', text: '%s' }],
  ['event 5x y', { type: 'event', time: '0', text: '5x y' }],
  ['event (5) x', { type: 'event', time: '0', text: '(5) x' }],
  ['tevent %v x', { type: 'tevent', time: '%v', text: 'x' }],
  ['cevent C 0 x', { type: 'cevent', context: 'C', time: '0', text: 'x' }],
  ['reset', { type: 'reset', text: '%s' }],
  ['reset -1 x', { type: 'reset', offset: '-1', text: 'x' }],
  ['reset +x y', { type: 'reset', text: '+x y' }],
  ['getwpos %v 0', { type: 'getwpos', variable: 'v', offset: '0', text: '%s' }],
  ['setwpos %u +1 x', { type: 'setwpos', time: '%u', offset: '+1', text: 'x' }],
  ['assign %v ()', { type: 'assign', variable: 'v', text: '%s' }],
  ['assignsq %v x', { type: 'assignsq', variable: 'v', text: 'x' }],
  ['free %v', { type: 'free', variable: 'v' }],
  ['eval %v (1; 2)', { type: 'eval', variable: 'v', code: '1; 2' }],
  ['call %v %f a  b', { type: 'call', variable: 'v', reference: 'f', parameters: ['a', 'b'] }],
  [
    'lcall %v a b -> ( sub { 1; } )',
    {
      type: 'lcall',
      variable: 'v',
      parameters: ['a', 'b'],
      operator: '->',
      code: { text: 'sub { 1; }', which: 0 }
    }
  ],
  [
    'lcall %v :>sub {1}',
    { type: 'lcall', variable: 'v', parameters: [], operator: ':>', code: { text: 'sub {1}', which: 0 } }
  ],
  ['rewrite 2 a b', { type: 'rewrite', lines: '2', text: 'a b' }],
  ['addinput f', { type: 'addinput', path: 'f', offset: '-' }],
  ['addinput f 0 C', { type: 'addinput', path: 'f', offset: '0', context: 'C' }],
  ['dropinput f', { type: 'dropinput', path: 'f' }],
  ['sigemul USR1', { type: 'sigemul', signal: 'USR1' }],
  ['varset %v E', { type: 'varset', variable: 'v', entry: 'E' }],
  ['if %v (none)', { type: 'if', variable: 'v', actions: [{ type: 'none' }] }],
  [
    'IF %v (none) ELSE (break)',
    { type: 'if', variable: 'v', actions: [{ type: 'none' }], otherwise: [{ type: 'break' }] }
  ],
  ['while %v (continue)', { type: 'while', variable: 'v', actions: [{ type: 'continue' }] }]
]

describe('an action list', () => {
  test.each(single)('holds %s', (text, definition) => {
    expect(parse(text)).toMatchObject({ list: [definition], errors: [] })
  })

  test('every action is among them', () => {
    const seen = new Set(single.map(([, definition]) => (definition as { type: string }).type))
    expect(Object.keys(actions).filter(name => !seen.has(name))).toEqual([])
  })

  test.each([
    ['none; none', 2],
    ['none;none;', 2],
    ['none;; ;', 1],
    ['logonly (a;b) c; none', 2],
    [';', 0]
  ])('is separated by semicolons outside parentheses: %s', (text, length) => {
    expect(parse(text).list).toHaveLength(length)
  })

  test.each([
    ['udgram a', 'action "udgram" sends to a socket'],
    ['addinput a', 'action "addinput" changes the inputs'],
    ['sigemul TERM', 'action "sigemul" emulates a signal']
  ])('says that it can not be run yet: %s', (text, message) => {
    expect(parse(text)).toMatchObject({ notYet: [message], errors: [] })
  })
})

test.each(['eval %a 1', 'create C 5 (call %a %b)', 'lcall %a -> (sub {1})'])(
  'is refused where there is no Perl: %s',
  text => {
    const { list, errors } = parse(text, perlLoader(undefined))
    expect(list).toBeUndefined()
    expect(errors[0]).toContain('it needs Perl, which is off')
  }
)

// What SEC says, line by line; ours may go on after it.
const faulty: readonly [text: string, messages: readonly string[]][] = [
  ['foo', ["Invalid action 'foo'"]],
  ['none x', ["Invalid action 'none x'; expected none"]],
  ['none;;none', ["Invalid action ''"]],
  ['write', ["Invalid action 'write'; expected write <filename> [<text>]"]],
  ['write ()', ['Empty filename given for write action']],
  ['closef a b', ["Invalid action 'closef a b'"]],
  ['shellcmd ()', ['Empty commandline given for shellcmd action']],
  ['cevent C () x', ['Empty time offset given for cevent action']],
  ['set C () none', ['Empty lifetime given for set action']],
  ['varset %v ()', ['Empty pattern match cache entry name given for varset action']],
  ['copy C v', ['Variable v does not have the form %<letter>[<letter>|<digit>|<underscore>]...']],
  ['copy () v', ['Empty context name given for copy action']],
  ['copy C\\( v\\)', ['Variable v\\) does not have the form']],
  ["pipe 'a'b", ["Invalid action 'pipe 'a'b'"]],
  ['getwpos %v x', ["Invalid action 'getwpos %v x'"]],
  ['create C 5 foo', ["Invalid action 'foo'"]],
  ['create C 5 (none) (none)', ["Unbalanced parentheses found in action list 'none) (none'"]],
  ['shellcmd (x', ["Unbalanced parentheses found in action list 'shellcmd (x'"]],
  ['shellcmd x)', ["Unbalanced parentheses found in action list 'shellcmd x)'"]],
  ['logonly (\\)', ["Unbalanced parentheses found in action list 'logonly (\\)'"]],
  ['logonly \\(;\\)', ["Invalid action '\\)'"]],
  ['lcall %v -> ()', ["Eval '' didn't return a code reference"]],
  ['if', ["Invalid action 'if'"]],
  ['if %v', []],
  ['if %v (none) else', []],
  ['if %v (none)else(none)', []],
  ['if %v ()', ['empty action lists given for if-else']],
  ['if v (none)', ['Variable v does not have the form']],
  ['while %v ()', ['empty action list given for while']],
  ['while %v (none) x', []]
]

describe('a faulty action list', () => {
  test.each(faulty)('is refused in words of SEC: %s', (text, messages) => {
    const { list, errors } = parse(text)
    expect(list).toBeUndefined()
    expect(errors).toEqual(
      [...messages, `Invalid action list ' ${text} '`].map(start => expect.stringContaining(start) as string)
    )
  })

  test('says what was expected also where SEC has no line of its own', () => {
    expect(parse('if %v').errors).toEqual([
      "Invalid action list ' if %v '; expected if %<variable> ( <action list> ) [ else ( <action list> ) ]"
    ])
  })

  test('with parentheses without end is refused, not run into', () => {
    const { list, errors } = parse('create C 1 ('.repeat(5000) + 'none' + ')'.repeat(5000))
    expect(list).toBeUndefined()
    expect(errors).toHaveLength(1)
  })
})
