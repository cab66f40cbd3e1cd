import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-replay-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Replay {
  readonly rules: string
  readonly timeline: string
  readonly options?: readonly string[]
}

function replay({ rules, timeline, options = [] }: Replay): {
  status: number | null
  stdout: string
  stderr: string
} {
  writeFileSync(join(folder, 'rules.sec'), rules, 'latin1')
  writeFileSync(join(folder, 'timeline'), timeline, 'latin1')
  const args = [correlogCommand(), 'replay', 'timeline', '--conf', 'rules.sec', ...options]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'latin1' })
  return { status, stdout, stderr }
}

const gather =
  'type=Single\nptype=RegExp\npattern=^add (.*)\ndesc=$1\naction=add C %s; copy C %all; getsize %n C; write - %n %all\n'

test('--evstoresize bounds an event store; what does not fit is said', () => {
  const timeline = '@1 add a\n@2 add b\n@3 add c\n'
  expect(replay({ rules: gather, timeline, options: ['--evstoresize', '2'] })).toEqual({
    status: 0,
    stdout: '1 a\n2 a\nb\n2 a\nb\n',
    stderr: "Can't add event(s) 'c' to context 'C', store full\n"
  })
})

test('--quoting puts %s in single quotes where a shell may see it, and nowhere else', () => {
  const rules =
    "type=Single\nptype=TValue\npattern=TRUE\ndesc=it is's\naction=shellcmd a %s; spawn b %s; cspawn X c %s; cmdexec d %s; write - %s\n"
  const { stdout, stderr } = replay({ rules, timeline: '@1 x\n', options: ['--quoting'] })
  expect(stdout).toBe("it is's\n")
  expect(stderr.split('\n').slice(0, 3)).toEqual([
    "not run: a 'it is'\\''s' (shellcmd)",
    "not run: b 'it is'\\''s' (spawn)",
    "not run: c 'it is'\\''s' (cspawn)"
  ])
  expect(stderr.split('\n')[3]).not.toContain("'it is'")
})

test('--state writes what is remembered at the end', () => {
  replay({ rules: gather, timeline: '@5 add a\n', options: ['--state', 'state.json'] })
  const state: unknown = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'))
  expect(JSON.stringify(state)).toContain('"C"')
})

test.each([
  ['a timeline that runs backwards', { rules: gather, timeline: '@5 x\n@4 y\n' }, /timeline.*2/],
  ['a rule file that is missing', { rules: gather, timeline: '', options: ['--conf', 'nosuch'] }, /nosuch/],
  [
    'an option without a whole number',
    { rules: gather, timeline: '', options: ['--cleantime', 'x'] },
    /whole number/
  ]
])('%s is an error', (_name, run, message) => {
  const { status, stderr } = replay(run)
  expect(status).not.toBe(0)
  expect(stderr).toMatch(message)
})

test('what is said of a missing timeline tells where it stands', () => {
  const args = [correlogCommand(), 'replay', '--conf', 'rules.sec', 'timeline']
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'latin1' })
  expect(status).toBe(1)
  expect(stderr).toContain('correlog replay <timeline> --conf <files...>')
})

test.each([
  [
    'a timeline',
    ['nosuch', '--conf', 'rules.sec'],
    "Can't read timeline nosuch (No such file or directory)\n"
  ],
  [
    'a state file',
    ['timeline', '--conf', 'rules.sec', '--state', 'nosuch/state'],
    "Can't write state file nosuch/state (No such file or directory)\n"
  ]
])('%s that can not be opened is an error in words', (_name, args, message) => {
  writeFileSync(join(folder, 'rules.sec'), gather)
  writeFileSync(join(folder, 'timeline'), '@1 x\n')
  const { status, stderr } = spawnSync(process.execPath, [correlogCommand(), 'replay', ...args], {
    cwd: folder,
    encoding: 'latin1'
  })
  expect({ status, stderr }).toEqual({ status: 1, stderr: message })
})

test.each(['0', '7'])('--debug %s is refused', level => {
  const { status, stderr } = replay({ rules: gather, timeline: '', options: ['--debug', level] })
  expect(status).toBe(1)
  expect(stderr).toContain('expected a level from 1 to 6')
})

test('names of rule files, inputs and contexts may hold any character, and rule files may be a pattern', () => {
  const rule = 'type=Single\nptype=RegExp\npattern=.\ncontinue=TakeNext\ndesc=x\n'
  writeFileSync(join(folder, 'règle [1].sec'), `${rule}action=write - one $+{_inputsrc} $+{_intcontext}\n`)
  writeFileSync(join(folder, 'b.sec'), `${rule}action=write - two\n`)
  writeFileSync(join(folder, 'zeitlinie-ü'), '@1=Büro x\n')
  const args = ['replay', 'zeitlinie-ü', '--conf', 'règle [1].sec', '?.sec', '--input', 'Büro=BÜRO']
  const { stdout, stderr } = spawnSync(process.execPath, [correlogCommand(), ...args], {
    cwd: folder,
    encoding: 'utf8'
  })
  expect({ stdout, stderr }).toEqual({ stdout: 'one Büro BÜRO\ntwo\n', stderr: '' })
})

test('--at-end fire runs the timers that are open at the end, before SEC_SHUTDOWN', () => {
  const rules =
    'type=Single\nptype=RegExp\npattern=^go$\ndesc=x\naction=create C 60 ( write - %u end of C )\n\n' +
    'type=Single\nptype=SubStr\npattern=SEC_SHUTDOWN\ncontext=SEC_INTERNAL_EVENT\ndesc=x\naction=write - %u over\n'
  const run = (...options: string[]): string =>
    replay({ rules, timeline: '@100 go\n', options: ['--intevents', ...options] }).stdout
  expect(run()).toBe('100 over\n')
  expect(run('--at-end', 'keep')).toBe('100 over\n')
  expect(run('--at-end', 'fire')).toBe('161 end of C\n161 over\n')
})
