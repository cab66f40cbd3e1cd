import { expect, test } from 'vitest'
import { carryOut, outcome } from './carried-out.ts'

test('lines come before the exit, a last one without newline too', async () => {
  const { run, messages } = carryOut()
  expect(await run('printf "a\\n\\nb"; sleep 0.05; echo c; exit 2')).toEqual(['a', '', 'bc', 2])
  expect(messages).toEqual([
    '6 Child N created for command \'printf "a\\n\\nb"; sleep 0.05; echo c; exit 2\'',
    '3 Child N terminated with non-zero exitcode 2 ( printf "a\\n\\nb"; sleep 0.05; echo c; exit 2 )'
  ])
})

test('the shell is called sh, as by Perl, and another program by its own name', async () => {
  const { run } = carryOut()
  expect(await run('echo "$0"; nosuch 2>&1 | cut -c 1-4')).toEqual(['sh', 'sh: ', 0])
  expect(await run(['/bin/sh', '-c', 'echo "$0"'])).toEqual(['/bin/sh', 0])
})

test('a list is run without a shell, its words in the messages', async () => {
  const { run, messages } = carryOut()
  expect(await run(['printf', '%s|', 'a b', '$HOME', 'x;y'])).toEqual(['a b|$HOME|x;y|', 0])
  expect(messages).toEqual(["6 Child N created for command 'printf %s| a b $HOME x;y'"])
})

test.each([
  ['/no/such program', 'ENOENT'],
  ['no-such-program-at-all', 'ENOENT'],
  ['/etc/passwd', 'EACCES'],
  ['/', 'EACCES'],
  ['', 'nothing to execute']
])('%j ends with exit code 1, as in SEC (%s)', async command => {
  const { run, messages } = carryOut()
  expect(await run(command)).toEqual([1])
  expect(messages).toEqual([
    `6 Child N created for command '${command}'`,
    `3 Child N terminated with non-zero exitcode 1 ( ${command} )`
  ])
})

test('an argument list that is too long is one that can not be executed', async () => {
  expect(await carryOut().run(['true', ...Array.from({ length: 40 }, () => 'x'.repeat(120_000))])).toEqual([
    1
  ])
})

test('death by a signal is exit code 0 and no message, as in SEC', async () => {
  const { run, messages } = carryOut()
  expect(await run('kill -9 $$')).toEqual([0])
  expect(messages).toHaveLength(1)
})

test('the exit of a SingleWithScript program is said at debug level', async () => {
  const { run, messages } = carryOut()
  await run('true', { origin: 'SingleWithScript', output: 'inherit' })
  await run('exit 3;', { origin: 'SingleWithScript', output: 'inherit' })
  expect(messages.filter(message => message.includes('terminated'))).toEqual([
    '6 Child N terminated with exitcode 0',
    '6 Child N terminated with non-zero exitcode 3'
  ])
})

const odd = 'caf\xc3\xa9 \xff\xfe \\ \'q\' "d" %s \t'

test.each([odd, 'caf\xc3\xa9', `${odd}\n`, '-n', ''])('bytes come through unchanged: %j', async bytes => {
  const { run } = carryOut()
  const lines = `<${bytes}>`.split('\n')
  expect(await run(['printf', '<%s>', bytes])).toEqual([...lines, 0])
  expect(await run('cat', { input: `<${bytes}>` })).toEqual([...lines, 0])
  if (!bytes.includes("'")) expect(await run(`printf '<%s>' '${bytes}'`)).toEqual([...lines, 0])
})

test('input: large, not read, opened by name', async () => {
  const { run } = carryOut()
  const input = `${'x'.repeat(5e6)}\n`
  expect(await run('wc -c', { input })).toEqual([String(input.length), 0])
  expect(await run('true', { input })).toEqual([0])
  expect(await run('exec 0<&-; exit 4', { input })).toEqual([4])
  expect(await run('cat /dev/stdin', { input: 'by name\n' })).toEqual(['by name', 0])
})

test.each(['ls /no/such/file 2>&1', 'ls /no/such/file 2>&1 | cat; exit 2'])(
  'standard error joins the events: %j',
  async command => {
    const [line, code] = await carryOut().run(command)
    expect(line).toContain('/no/such/file')
    expect(code).toBe(2)
  }
)

test('a program that leaves a child behind ends all the same, with what was printed', async () => {
  const started = performance.now()
  expect(await carryOut().run('sleep 10 & echo started')).toEqual(['started', 0])
  expect(performance.now() - started).toBeLessThan(9000)
})

test('much output is complete, and waits in the program when nobody takes it', async () => {
  const { start, effects } = carryOut()
  start('seq 1 400000')
  const lines: (string | number)[] = []
  while (effects.runningChildren > 0) {
    await new Promise(resolve => setTimeout(resolve, 5))
    const taken = [...effects.takeChildEvents()].map(outcome)
    // 1 MiB, and what of a block was under way.
    expect(taken.join('').length).toBeLessThan(1.5 * 1024 * 1024)
    lines.push(...taken)
  }
  lines.push(...[...effects.takeChildEvents()].map(outcome))
  expect(lines).toHaveLength(400_001)
  expect(lines.slice(-2)).toEqual(['400000', 0])
})

test('several programs each keep their order', async () => {
  const { start, effects } = carryOut()
  for (let program = 0; program < 8; program++) start('seq 1 500; exit 3;')
  await effects.waitForChildren()
  expect(effects.runningChildren).toBe(0)
  const events = [...effects.takeChildEvents()]
  for (let child = 1; child <= 8; child++) {
    const own = events.filter(event => event.child === child)
    expect(own.map(outcome)).toEqual([...Array.from({ length: 500 }, (_, index) => String(index + 1)), 3])
  }
})

test('SIGTERM goes to programs that run', async () => {
  const { start, effects, messages } = carryOut()
  start('sleep 60')
  start('trap "exit 7" TERM; echo ready; while :; do sleep 0.01; done')
  const seen: (string | number)[] = []
  while (!seen.includes('ready')) {
    await new Promise(resolve => setTimeout(resolve, 5))
    seen.push(...[...effects.takeChildEvents()].map(outcome))
  }
  expect(effects.runningChildren).toBe(2)
  effects.terminateChildren()
  await effects.waitForChildren(20_000)
  expect([...effects.takeChildEvents()].map(outcome).sort(ascending)).toEqual([0, 7])
  expect(messages.filter(message => message === '4 Sending SIGTERM to process N')).toHaveLength(2)
})

function ascending(left: string | number, right: string | number): number {
  return Number(left) - Number(right)
}

test('waiting has its limit', async () => {
  const { start, effects } = carryOut()
  start('sleep 60')
  await effects.waitForChildren(10)
  expect(effects.runningChildren).toBe(1)
})
