import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import { exampleConfig } from '../helpers/log-daemon.ts'
import { RunningCommand } from '../helpers/running-command.ts'
import { scratchFolder } from '../helpers/scratch.ts'

// Fluentd and Vector can't be had as packages: the command of the example is run as they run it.

const RULES = `type=Single
ptype=RegExp
pattern=^(\\S+) is down
desc=$1
action=alert error $1 is down
`

function prepared(context: TestContext, example: string): { folder: string; config: string } {
  const folder = scratchFolder(context)
  writeFileSync(join(folder, 'rules.sec'), RULES)
  return { folder, config: exampleConfig(example, folder) }
}

function bodies({ stdout }: RunningCommand): string[] {
  const lines = stdout.split('\n').slice(0, -1)
  return lines.map(line => (JSON.parse(line) as { body: string }).body)
}

test("exec_filter of Fluentd: records as JSON on standard input, alerts on standard output, until the input's end", async context => {
  const { folder, config } = prepared(context, 'fluentd/exec_filter.conf')
  const [, shellCommand = ''] = /^ *command "(.*)"$/m.exec(config) ?? []
  const records = ['web1 is down', 'web2 is up', 'web3 is down'].map(message => ({
    message,
    host: 'gate',
    timestamp: '2026-11-25T03:17:14.250000000Z'
  }))
  const input = records.map(record => `${JSON.stringify(record)}\n`).join('')
  const command = new RunningCommand(['/bin/sh', '-c', shellCommand], { folder, input })
  expect(await command.ended()).toBe(0)
  expect(bodies(command)).toEqual(['web1 is down', 'web3 is down'])
})

test('exec of Vector: alerts of a file on standard output, until TERM', async context => {
  const { folder, config } = prepared(context, 'vector/alerts.toml')
  writeFileSync(join(folder, 'auth.log'), 'web1 is down\nweb2 is up\nweb3 is down\n')
  const [, json = ''] = /^command = (\[.*\])$/m.exec(config) ?? []
  const command = new RunningCommand(JSON.parse(json) as string[], { folder })
  context.onTestFinished(() => command.kill())
  await command.until(() => bodies(command).length === 2, 'two alerts')
  command.signal('SIGTERM')
  expect(await command.ended()).toBe(0)
  expect(bodies(command)).toEqual(['web1 is down', 'web3 is down'])
})
