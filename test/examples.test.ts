import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { correlogCommand } from './helpers/correlog-command.ts'

const examples = join(import.meta.dirname, '../examples')

/** What SEC 2.9.4 writes for the same timelines. */
const expected: Readonly<Record<string, readonly string[]>> = {
  service: ['ALERT nginx restarts too often', 'ALERT backup did not start again', 'OK nginx is calm again'],
  ssh: [
    'ALERT three failed SSH logins for root within a minute, the first from 192.0.2.7',
    'ALERT 192.0.2.7 tries user names',
    'ALERT login of alice from 192.0.2.7 after failures: 5 before it'
  ],
  sudo: [
    'ALERT bob does not know the password for sudo',
    'commands of alice as root: 2',
    '/usr/bin/apt-get update',
    '/usr/bin/apt-get upgrade'
  ]
}

test('every example has its timeline and is tested', () => {
  const names = Object.keys(expected)
  const files = names.flatMap(name => [`${name}.sec`, `${name}.timeline`])
  const others = ['correlog.yaml', 'gateway.log', 'gateway.sec', 'kafka', 'recipes']
  const programs = ['embedded.mjs', 'otel.mjs', 'pino.mjs']
  // What starts correlog: test/integration has it.
  const parents = ['fluentd', 'rsyslog', 'syslog-ng', 'vector']
  expect(readdirSync(examples).sort()).toEqual([...files, ...others, ...programs, ...parents].sort())
})

test.each(Object.entries(expected))('examples/%s.sec raises its alerts', (name, lines) => {
  const args = ['replay', join(examples, `${name}.timeline`), '--conf', join(examples, `${name}.sec`)]
  const { status, stdout, stderr } = spawnSync(process.execPath, [correlogCommand(), ...args], {
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC' }
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout.split('\n')).toEqual([...lines, ''])
})

test('examples/correlog.yaml and its rules are right', () => {
  const args = ['check', '--config', 'examples/correlog.yaml']
  const { status, stdout, stderr } = spawnSync(process.execPath, [correlogCommand(), ...args], {
    cwd: join(examples, '..'),
    encoding: 'utf8'
  })
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: 'all is right: 8 rules in 3 files\n',
    stderr: ''
  })
})

/** Runs an example that is a program; dist/ is what `import 'correlog'` finds. */
function runProgram(name: string): { readonly stdout: string; readonly stderr: string } {
  correlogCommand()
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(examples, name)], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${name} ended with ${status}\n${stderr}`)
  const lines = readFileSync(join(examples, name), 'utf8').trimEnd().split('\n')
  expect(lines.length).toBeLessThan(30)
  return { stdout, stderr }
}

test('examples/embedded.mjs runs a stage inside a program, in less than thirty lines', () => {
  const { stdout, stderr } = runProgram('embedded.mjs')
  expect(stderr).toBe('')
  expect(stdout.split('\n')).toEqual(["[ 'disk sda1 fills' ]", '4 records settled', "{ type: 'ended' }", ''])
})

test('examples/otel.mjs correlates what a program logs through OpenTelemetry, in less than thirty lines', () => {
  const { stdout, stderr } = runProgram('otel.mjs')
  expect(stderr).toBe('')
  expect(stdout.split('\n')).toEqual(
    Array.from({ length: 5 }, () => 'record request').concat('correlog.alert web1 fails', '')
  )
})

test('examples/pino.mjs correlates what a program logs with pino, in less than thirty lines', () => {
  const { stdout, stderr } = runProgram('pino.mjs')
  expect(stderr.trimEnd().split('\n')).toHaveLength(4)
  expect(JSON.parse(stdout)).toMatchObject({ body: 'orders of acme fail', event_name: 'correlog.alert' })
})
