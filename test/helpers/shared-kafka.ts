import { beforeAll, inject, type TestContext } from 'vitest'
import type { BrokerAnswer } from './kafka-setup.ts'
import { KafkaServer } from './kafka-server.ts'
import { requireKafka, requirePlainKafka } from './requirements.ts'

const READY_WITHIN_MS = 60_000

/** The broker that the tests of a run share, as one of them sees it: its topics and groups have names of their own. */
export class SharedKafka extends KafkaServer {
  readonly #answer: BrokerAnswer
  readonly #suffix: string

  constructor(answer: BrokerAnswer, suffix: string) {
    super(answer.address)
    this.#answer = answer
    this.#suffix = suffix
  }

  /** The shortest session that a member of a group may have. */
  get shortestSessionMs(): number {
    return this.#answer.shortestSessionMs
  }

  /** A name that no other test has: of a topic, a group, an application, a transactional id. The same each time. */
  name(text: string): string {
    return `${text}-${this.#suffix}`
  }

  /** Makes a topic whose name begins so. Gives the whole of it. */
  override topic(
    name: string,
    partitions?: number,
    settings?: Readonly<Record<string, string>>
  ): Promise<string> {
    return super.topic(this.name(name), partitions, settings)
  }
}

/** With a listener for TLS and SASL beside the plain one, and an authorizer, as `BrokerOptions.secure` has it. */
export class SharedSecureKafka extends SharedKafka {
  readonly secureAddress: string
  readonly certificates: NonNullable<BrokerAnswer['certificates']>

  constructor(answer: BrokerAnswer, suffix: string) {
    super(answer, suffix)
    if (answer.certificates === null) throw new Error('a broker without certificates')
    this.secureAddress = answer.secureAddress
    this.certificates = answer.certificates
  }
}

/**
 * The broker that all tests of a run share, for those that do not stop it. The function gives it to a test, which it
 * skips or fails where there is no Kafka. With `CORRELOG_TEST_KAFKA` it is the one that is named there.
 */
export function useKafka(): (context: TestContext) => SharedKafka {
  return shared('plain', requirePlainKafka(), (answer, suffix) => new SharedKafka(answer, suffix))
}

/** The same with TLS, SASL and an authorizer: never the one of `CORRELOG_TEST_KAFKA`. */
export function useSecureKafka(): (context: TestContext) => SharedSecureKafka {
  return shared('secure', requireKafka(), (answer, suffix) => new SharedSecureKafka(answer, suffix))
}

function shared<Kafka>(
  kind: 'plain' | 'secure',
  requirement: ReturnType<typeof requireKafka>,
  create: (answer: BrokerAnswer, suffix: string) => Kafka
): (context: TestContext) => Kafka {
  let answer: BrokerAnswer | undefined
  const given = new WeakMap<TestContext, Kafka>()
  beforeAll(async () => {
    if (!requirement.available) return
    const response = await fetch(`${inject('kafkaBrokers')}/${kind}`)
    if (!response.ok) throw new Error(`no broker: ${await response.text()}`)
    answer = (await response.json()) as BrokerAnswer
  }, READY_WITHIN_MS)
  return context => {
    requirement.need(context)
    if (answer === undefined) throw new Error('the broker did not start')
    const known = given.get(context)
    if (known !== undefined) return known
    const unique = Math.random().toString(36).slice(2, 8)
    const kafka = create(answer, `${inject('kafkaRun')}-${unique}`)
    given.set(context, kafka)
    return kafka
  }
}
