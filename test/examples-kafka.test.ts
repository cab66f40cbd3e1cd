import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseRuleFile } from '../plugin/rules/parser.ts'

const folder = join(import.meta.dirname, '../examples/kafka')
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

interface Service {
  readonly image: string
  readonly command?: string | readonly string[]
  readonly depends_on?: Readonly<Record<string, unknown>>
}

test('examples/kafka has a broker, topics, a producer, correlog and a consumer, started in that order', () => {
  const { services } = parse(read('docker-compose.yaml')) as { services: Record<string, Service> }
  expect(Object.keys(services)).toEqual(['kafka', 'topics', 'producer', 'correlog', 'consumer'])
  for (const { depends_on: needs = {} } of Object.values(services)) {
    for (const name of Object.keys(needs)) expect(services).toHaveProperty(name)
  }
  const config = parse(read('correlog.yaml')) as Record<string, never>
  const made = String(services['topics']?.command)
  const { sources, sinks, deadLetters } = config as unknown as {
    sources: { logs: { topics: string; brokers: string } }
    sinks: { alerts: { topic: string } }
    deadLetters: { topic: string }
  }
  for (const topic of [sources.logs.topics, sinks.alerts.topic, deadLetters.topic]) {
    expect(made).toContain(`${topic}:`)
  }
})

test('its rule matches what its producer sends', () => {
  const { diagnostics, rules } = parseRuleFile('logins.sec', read('logins.sec'))
  expect(diagnostics).toEqual([])
  expect(rules).toHaveLength(1)
  const [, pattern = ''] = /^pattern=(.*)$/m.exec(read('logins.sec')) ?? []
  expect('sshd[7]: Failed password for root from 192.0.2.3 port 1031 ssh2').toMatch(new RegExp(pattern))
})
