import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { TestProject } from 'vitest/node'
import type { Certificates } from './certificates.ts'
import { KafkaBroker } from './kafka-broker.ts'
import { KafkaServer } from './kafka-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a test asks for a broker: `/plain`, `/secure`. */
    kafkaBrokers: string
    /** Part of all names that this run gives in Kafka. */
    kafkaRun: string
  }
}

/** What a test is answered. */
export interface BrokerAnswer {
  readonly address: string
  readonly secureAddress: string
  readonly certificates: Certificates | null
  /** The shortest session that a member of a group may have. */
  readonly shortestSessionMs: number
}

const SHORTEST_SESSION = 'group.min.session.timeout.ms'

/**
 * One broker for all tests of a run that do not stop it, started when the first of them asks for it. With
 * `CORRELOG_TEST_KAFKA` (`host:port`) those that need nothing but a plain broker have that one, and what they have made
 * there is deleted at the end.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const named = process.env['CORRELOG_TEST_KAFKA'] ?? ''
  const run = `test${randomBytes(4).toString('hex')}`
  let own: Promise<KafkaBroker> | undefined
  let others: Promise<BrokerAnswer> | undefined

  const secure = async (): Promise<BrokerAnswer> => {
    own ??= KafkaBroker.create({ secure: true, settings: { [SHORTEST_SESSION]: '500' } })
    const { address, secureAddress, certificates = null } = await own
    return { address, secureAddress, certificates, shortestSessionMs: 500 }
  }
  const plain = (): Promise<BrokerAnswer> => (named === '' ? secure() : (others ??= describe(named)))

  const server = createServer((request, response) => {
    const answer = request.url === '/secure' ? secure() : plain()
    answer.then(
      found => response.end(JSON.stringify(found)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error))
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  project.provide('kafkaBrokers', `http://127.0.0.1:${address.port}`)
  project.provide('kafkaRun', run)
  return async () => {
    server.closeAllConnections()
    server.close()
    if (others !== undefined) await cleanUp(named, run)
    await own?.then(
      broker => broker.remove(),
      () => {}
    )
  }
}

async function describe(address: string): Promise<BrokerAnswer> {
  const admin = new KafkaServer(address).kafkajs().admin()
  await admin.connect()
  try {
    const { brokers } = await admin.describeCluster()
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: BROKER, name: String(brokers[0]?.nodeId), configNames: [SHORTEST_SESSION] }]
    })
    const shortest = Number(resources[0]?.configEntries[0]?.configValue)
    return { address, secureAddress: '', certificates: null, shortestSessionMs: shortest }
  } finally {
    await admin.disconnect()
  }
}

/** kafkajs' `ConfigResourceTypes.BROKER`. */
const BROKER = 4

async function cleanUp(address: string, run: string): Promise<void> {
  const admin = new KafkaServer(address).kafkajs().admin()
  try {
    await admin.connect()
    const topics = (await admin.listTopics()).filter(topic => topic.includes(run))
    if (topics.length > 0) await admin.deleteTopics({ topics })
  } catch (error) {
    process.stderr.write(
      `CORRELOG_TEST_KAFKA: topics with "${run}" in their names are left: ${String(error)}\n`
    )
  } finally {
    await admin.disconnect()
  }
}
