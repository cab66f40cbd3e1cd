import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { secSchema } from '../../config/schema.ts'
import { correlogCommand } from '../helpers/correlog-command.ts'

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  version: string
}

function run(...args: string[]): { status: number | null; stdout: string } {
  const { status, stdout } = spawnSync(process.execPath, [correlogCommand(), ...args], { encoding: 'utf8' })
  return { status, stdout }
}

test.each([['--version'], ['sec', '--version'], ['sec', '-vers']])(
  'correlog %s %s shows the version',
  (...args) => {
    const { status, stdout } = run(...args.filter(arg => arg !== undefined))
    expect(status).toBe(0)
    expect(stdout.split('\n')[0]).toBe(
      args[0] === 'sec' ? `correlog (Simple Event Correlator) ${version}` : `correlog ${version}`
    )
  }
)

test.each(['--help', '-?', '-h'])('correlog sec %s names every option', option => {
  const { status, stdout } = run('sec', option)
  expect(status).toBe(0)
  const missing = Object.values(secSchema).filter(({ arg }) => !stdout.includes(`--${arg}`))
  expect(missing).toEqual([])
})

test.each([[['--help']], [['help']], [['replay', '--help']]])('correlog %j explains itself', args => {
  const { status, stdout } = run(...args)
  expect(status).toBe(0)
  expect(stdout).toMatch(/^Usage: correlog/)
})

test.each(['run', 'check'])('correlog %s --help says which notifications there are, in lines of 80', name => {
  const { stdout } = run(name, '--help')
  expect(stdout.replace(/\s+/g, ' ')).toContain('any of pipe, report, logonly, write, shellcmd, event')
  expect(stdout.split('\n').filter(line => line.length > 80 && !line.startsWith('Usage:'))).toEqual([])
})
