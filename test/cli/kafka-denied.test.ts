import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from 'kafkajs'
import { expect, test, type TestContext } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { users } from '../helpers/kafka-broker.ts'
import { RunningCommand } from '../helpers/running-command.ts'
import { scratchFolder } from '../helpers/scratch.ts'
import { useSecureKafka } from '../helpers/shared-kafka.ts'

const broker = useSecureKafka()

interface Wrong {
  readonly password?: string
  readonly ca?: string
  readonly topic?: string
  readonly plain?: boolean
}

/** `correlog run` on the secure listener; who comes there may do nothing. */
function run(
  context: TestContext,
  { password, ca, topic = 'secrets', plain = false }: Wrong
): RunningCommand {
  const kafka = broker(context)
  const { address, secureAddress, certificates } = kafka
  const ends = `${kafka.name(topic)}?group=${kafka.name('denied')}`
  const folder = scratchFolder(context)
  writeFileSync(join(folder, 'rules.sec'), 'type=Single\nptype=SubStr\npattern=x\ndesc=x\naction=alert x\n')
  const secured = [
    'tls.enabled=true',
    `tls.ca=${ca === 'other' ? certificates.otherAuthority : certificates.authority}`,
    'sasl.mechanism=scram-sha-512',
    `sasl.username=${users.carol.username}`,
    `sasl.password=${password ?? users.carol.password}`
  ]
  const url = plain ? `kafka://${address}/${ends}` : `kafka://${secureAddress}/${ends}&${secured.join('&')}`
  const args = ['run', '--rules', 'rules.sec', '--from', url, '--to', `kafka:${kafka.name('alerts')}`]
  return new RunningCommand([process.execPath, correlogCommand(), ...args], { folder })
}

const cases: readonly { readonly name: string; readonly wrong: Wrong; readonly expected: RegExp }[] = [
  { name: 'a wrong password', wrong: { password: 'guessed' }, expected: /carol|password|authentication/i },
  {
    name: 'an authority that has not signed',
    wrong: { ca: 'other' },
    expected: /TLS: .*check the authority's certificate/
  },
  {
    name: 'a topic that is missing',
    wrong: { plain: true, topic: 'nowhere' },
    expected: /no topic \\"nowhere-[\w-]+\\"; expected it to be there/
  },
  { name: 'a topic that is denied', wrong: {}, expected: /secrets/ }
]

test.for(cases)('$name is one clear error, and exit status 1', async ({ wrong, expected }, context) => {
  const command = run(context, wrong)
  try {
    expect(await command.ended()).toBe(1)
    const errors = command.stderr.split('\n').filter(line => line.includes('cannot start'))
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatch(expected)
  } finally {
    await command.kill()
  }
})

test('a group that is denied, then a transactional id: each is one clear error', async context => {
  const kafka = broker(context)
  const group = kafka.name('denied')
  const state = `${group}-state`
  const topics = [await kafka.topic('secrets', 1), await kafka.topic('alerts', 1), state]
  const admin = kafka.kafkajs().admin()
  await admin.connect()
  const configEntries = [{ name: 'cleanup.policy', value: 'compact' }]
  await admin.createTopics({ topics: [{ topic: state, configEntries }] })
  const allow = async (resourceType: AclResourceTypes, names: readonly string[]): Promise<void> => {
    const acl = names.map(resourceName => ({
      resourceType,
      resourceName,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: `User:${users.carol.username}`,
      host: '*',
      operation: AclOperationTypes.ALL,
      permissionType: AclPermissionTypes.ALLOW
    }))
    await admin.createAcls({ acl })
  }
  await allow(AclResourceTypes.TOPIC, topics)
  let command = run(context, {})
  try {
    expect(await command.ended()).toBe(1)
    expect(command.stderr).toMatch(/GROUP_AUTHORIZATION_FAILED.*correlog cannot start/)
    await allow(AclResourceTypes.GROUP, [group])
    command = run(context, {})
    expect(await command.ended()).toBe(2)
    expect(command.stderr).toMatch(/TRANSACTIONAL_ID_AUTHORIZATION_FAILED.*correlog cannot go on/)
    await allow(AclResourceTypes.TRANSACTIONAL_ID, [`${group}-0`])
    command = run(context, {})
    await command.until(() => command.stderr.includes('the state of a task was read'), 'its task')
    command.signal('SIGTERM')
    expect(await command.ended()).toBe(0)
  } finally {
    await command.kill()
    await admin.disconnect()
  }
})
