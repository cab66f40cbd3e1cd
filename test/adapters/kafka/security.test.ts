import { readFileSync } from 'node:fs'
import {
  AclOperationTypes as Operation,
  AclPermissionTypes as Permission,
  AclResourceTypes as Resource,
  ResourcePatternTypes as Pattern
} from 'kafkajs'
import { describe, expect, type TestContext, test } from 'vitest'
import type { KafkaClient } from '../../../adapters/kafka/client.ts'
import type { KafkajsOptions, KafkaLogin } from '../../../adapters/kafka/kafkajs/connection.ts'
import { users } from '../../helpers/kafka-broker.ts'
import { type SharedSecureKafka, useSecureKafka } from '../../helpers/shared-kafka.ts'
import { openClient } from './opening.ts'
import { Reading } from './reading.ts'

const brokerFor = useSecureKafka()

const alice: KafkaLogin = { mechanism: 'plain', ...users.alice }
const value = Buffer.from('v')

function ca(path: string): string {
  return readFileSync(path, 'utf8')
}

function secure(
  context: TestContext,
  broker: SharedSecureKafka,
  sasl: KafkaLogin = alice,
  options: Partial<KafkajsOptions> = {}
): KafkaClient {
  const tls = { ca: ca(broker.certificates.authority) }
  return openClient(context, broker.secureAddress, { tls, sasl, ...options })
}

/** Lets a user do this and that, by the listener that may do everything. */
async function allow(
  broker: SharedSecureKafka,
  user: string,
  resource: Resource,
  name: string,
  ...operations: Operation[]
) {
  const admin = broker.kafkajs().admin()
  await admin.connect()
  await admin.createAcls({
    acl: operations.map(operation => ({
      resourceType: resource,
      resourceName: name,
      resourcePatternType: Pattern.LITERAL,
      principal: `User:${user}`,
      host: '*',
      operation,
      permissionType: Permission.ALLOW
    }))
  })
  await admin.disconnect()
}

/** A token that nobody has signed, as the test broker takes it. */
function unsignedToken(user: string): string {
  const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  return `${part({ alg: 'none' })}.${part({ sub: user, iat: now, exp: now + 600 })}.`
}

const logins: readonly { readonly name: string; readonly user: string; readonly sasl: KafkaLogin }[] = [
  { name: 'plain', user: 'alice', sasl: alice },
  { name: 'scram-sha-256', user: 'carol', sasl: { mechanism: 'scram-sha-256', ...users.carol } },
  { name: 'scram-sha-512', user: 'carol', sasl: { mechanism: 'scram-sha-512', ...users.carol } },
  {
    name: 'oauthbearer',
    user: 'bob',
    sasl: { mechanism: 'oauthbearer', token: async () => Promise.resolve(unsignedToken('bob')) }
  }
]

for (const { name, user, sasl } of logins) {
  test(`${name} over TLS writes and reads`, async context => {
    const broker = brokerFor(context)
    const topic = await broker.topic(`by-${name}`)
    await allow(broker, user, Resource.TOPIC, topic, Operation.READ, Operation.WRITE)
    const groupId = broker.name(`group-of-${name}`)
    await allow(broker, user, Resource.GROUP, groupId, Operation.READ)
    const client = secure(context, broker, sasl)
    const producer = await client.producer()
    await producer.send([{ topic, partition: 0, key: null, value }])
    const reading = await Reading.start(context, client, { topics: [topic], groupId })
    await reading.untilRecords(1)
    expect(reading.values).toEqual(['v'])
  })
}

describe('one clear error', () => {
  test('for an authority that has not signed the broker', async context => {
    const broker = brokerFor(context)
    const tls = { ca: ca(broker.certificates.otherAuthority) }
    const client = secure(context, broker, alice, { tls })
    const error = {
      code: 'CERTIFICATE',
      retryable: false,
      message: expect.stringMatching(
        /^127\.0\.0\.1:\d+: TLS: .*certificate.*; check the authority's certificate, and that the broker's certificate names the host$/
      ) as unknown
    }
    await expect(client.producer()).rejects.toMatchObject(error)
    await expect(client.admin.topics()).rejects.toMatchObject(error)
    await expect(client.transactional('t', 5000)).rejects.toMatchObject(error)
    await expect(new Reading(client, { topics: ['t'] }).consumer.start()).rejects.toMatchObject(error)
  })

  test('for a broker that speaks no TLS, and one that speaks nothing else', async context => {
    const broker = brokerFor(context)
    const tls = { ca: ca(broker.certificates.authority) }
    const error = { code: 'CONNECTION', retryable: true }
    await expect(openClient(context, broker.address, { tls }).transactional('t', 2000)).rejects.toMatchObject(
      {
        ...error,
        message: expect.stringContaining('before secure TLS connection was established') as unknown
      }
    )
    await expect(openClient(context, broker.secureAddress).transactional('t', 2000)).rejects.toMatchObject({
      ...error,
      message: expect.stringMatching(
        /no answer within 2 s: (?:does Kafka at .* speak Kafka, and TLS as it is configured\?|closed connection)$/
      ) as unknown
    })
  })

  const wrong: readonly KafkaLogin[] = [
    { mechanism: 'plain', username: 'alice', password: 'wrong' },
    { mechanism: 'scram-sha-256', username: 'carol', password: 'wrong' },
    { mechanism: 'scram-sha-512', username: 'nobody', password: 'wrong' }
  ]
  for (const sasl of wrong) {
    test(`for a wrong password or user (${sasl.mechanism})`, async context => {
      const client = secure(context, brokerFor(context), sasl)
      const error = {
        code: 'SASL_AUTHENTICATION_FAILED',
        retryable: false,
        message: expect.stringMatching(
          /: the broker refuses the login: .*; check user, password and SASL mechanism$/
        ) as unknown
      }
      await expect(client.producer()).rejects.toMatchObject(error)
      await expect(client.admin.topics()).rejects.toMatchObject(error)
      await expect(new Reading(client, { topics: ['t'] }).consumer.start()).rejects.toMatchObject(error)
    })
  }

  test('for a topic that is denied', async context => {
    const broker = brokerFor(context)
    const topic = await broker.topic('denied-topic')
    const client = secure(context, broker)
    const groupId = broker.name('any-group')
    await allow(broker, 'alice', Resource.GROUP, groupId, Operation.READ)
    const producer = await client.producer()
    const error = {
      code: 'TOPIC_AUTHORIZATION_FAILED',
      retryable: false,
      message:
        `topic "${topic}": TOPIC_AUTHORIZATION_FAILED: not authorized to access topics: [Topic authorization failed]; ` +
        'let this user do it by an ACL on the topic (Describe and Read to consume, Describe and Write to produce, ' +
        'Create to make it, Delete to delete records)'
    }
    await expect(producer.send([{ topic, key: null, value }])).rejects.toMatchObject(error)
    await expect(client.admin.topics([topic])).rejects.toMatchObject(error)
    const reading = new Reading(client, { topics: [topic], groupId })
    await expect(reading.consumer.start()).rejects.toMatchObject(error)
    expect(reading.failures).toEqual([])
  })

  test('for records that may not be deleted', async context => {
    const broker = brokerFor(context)
    const topic = await broker.topic('kept-topic')
    await allow(broker, 'alice', Resource.TOPIC, topic, Operation.READ, Operation.WRITE)
    const client = secure(context, broker)
    await (await client.producer()).send([{ topic, partition: 0, key: null, value }])
    await expect(client.admin.deleteRecords({ topic, partition: 0 }, 1)).rejects.toMatchObject({
      code: 'TOPIC_AUTHORIZATION_FAILED',
      retryable: false
    })
  })

  test('for a topic that may be described and not read, once', async context => {
    const broker = brokerFor(context)
    const topic = await broker.topic('described-topic')
    const client = secure(context, broker)
    await allow(broker, 'alice', Resource.TOPIC, topic, Operation.DESCRIBE)
    const groupId = broker.name('describing')
    await allow(broker, 'alice', Resource.GROUP, groupId, Operation.READ)
    const reading = new Reading(client, { topics: [topic], groupId })
    context.onTestFinished(async () => reading.consumer.stop())
    const failed = await reading.consumer.start().then(
      async () => {
        await reading.until(() => reading.failures.length > 0)
        return reading.failures[0]
      },
      (error: unknown) => error
    )
    expect(failed).toMatchObject({ code: 'TOPIC_AUTHORIZATION_FAILED', retryable: false })
    expect(reading.failures.length).toBeLessThanOrEqual(1)
  })

  test('for a group that is denied', async context => {
    const broker = brokerFor(context)
    const topic = await broker.topic('free-topic')
    await allow(broker, 'alice', Resource.TOPIC, topic, Operation.READ, Operation.WRITE)
    const groupId = broker.name('denied-group')
    const reading = new Reading(secure(context, broker), { topics: [topic], groupId })
    await expect(reading.consumer.start()).rejects.toMatchObject({
      code: 'GROUP_AUTHORIZATION_FAILED',
      retryable: false,
      message:
        `group "${groupId}" on "${topic}": GROUP_AUTHORIZATION_FAILED: not authorized to access group: Group ` +
        'authorization failed; let this user Read the consumer group by an ACL'
    })
  })

  test('for a transactional id that is denied', async context => {
    const broker = brokerFor(context)
    await expect(secure(context, broker).transactional('denied-id', 10_000)).rejects.toMatchObject({
      code: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
      retryable: false,
      message:
        'transactional id "denied-id": TRANSACTIONAL_ID_AUTHORIZATION_FAILED: transactional Id authorization failed; ' +
        'let this user Describe and Write the transactional id by an ACL (prefixed with the group)'
    })
  })

  test('for a topic that is missing', async context => {
    const broker = brokerFor(context)
    const client = openClient(context, broker.address)
    const [there, missing] = [await broker.topic('there'), broker.name('not-there')]
    const topics = [there, missing]
    await expect(new Reading(client, { topics }).consumer.start()).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      retryable: true,
      message: `there is no topic "${missing}" at Kafka at ${broker.address}; make it, or correct its name`
    })
    const producer = await client.producer()
    await expect(producer.send([{ topic: missing, key: null, value }])).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      retryable: true,
      message:
        `topic "${missing}": UNKNOWN_TOPIC_OR_PARTITION: this server does not host this topic-partition; make the topic, ` +
        'or correct its name'
    })
    expect(await client.admin.topics(topics)).toEqual(new Map([[there, 1]]))
  })
})
