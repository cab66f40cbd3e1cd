import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { kafkaPath } from '../../scripts/servers/kafka.mjs'
import { type Certificates, makeCertificates } from './certificates.ts'
import { freePorts } from './free-port.ts'
import { KafkaServer } from './kafka-server.ts'

const READY_WITHIN_MS = 60_000

/** A test process that dies closes the pipe, and the broker ends with it, and its data. */
const WATCH = `cat >/dev/null
for try in 1 2 3 4 5; do kill -9 "$1" 2>/dev/null || break; sleep 0.2; done
rm -rf "$2"`

export interface BrokerOptions {
  /**
   * A listener with TLS and SASL beside the plain one, for the users below, and an authorizer that denies them whatever
   * no ACL allows. Who comes by the plain listener may do everything.
   */
  readonly secure?: boolean
  /** A listener that the broker advertises at this port of a proxy; `proxiedAddress` is where the proxy leads to. */
  readonly proxyPort?: number
  /** One of the nodes of a cluster. */
  readonly node?: {
    readonly id: number
    readonly clusterId: string
    readonly controllerPort: number
    /** `ID@HOST:PORT` of all of them. */
    readonly voters: string
  }
  /** Added to `server.properties`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Users of a secure broker: plain for the first, SCRAM (256 and 512) for the second. */
export const users = {
  alice: { username: 'alice', password: 'alice-secret' },
  carol: { username: 'carol', password: 'carol-secret' }
} as const

/** A real broker on free ports of 127.0.0.1, KRaft, one node. */
export class KafkaBroker extends KafkaServer {
  /** Of the secure one; empty where there is none. */
  readonly secureAddress: string
  readonly proxiedAddress: string
  readonly folder: string
  readonly certificates: Certificates | undefined
  readonly #isOfCluster: boolean
  #process: ChildProcess | undefined
  #watcher: ChildProcess | undefined

  private constructor(
    folder: string,
    ports: Ports,
    certificates: Certificates | undefined,
    isOfCluster: boolean
  ) {
    super(`127.0.0.1:${ports.plain}`)
    this.folder = folder
    this.certificates = certificates
    this.#isOfCluster = isOfCluster
    this.secureAddress = certificates === undefined ? '' : `127.0.0.1:${ports.secure}`
    this.proxiedAddress = `127.0.0.1:${ports.proxied}`
  }

  /** Ready when it resolves: six seconds. */
  static async create(options: BrokerOptions = {}): Promise<KafkaBroker> {
    const folder = mkdtempSync(join(tmpdir(), 'correlog-kafka-'))
    const [plain = 0, free = 0, secure = 0, proxied = 0] = await freePorts(4)
    const controller = options.node?.controllerPort ?? free
    const ports: Ports = { plain, controller, secure, proxied }
    const certificates = options.secure ? makeCertificates(folder) : undefined
    writeFileSync(join(folder, 'server.properties'), serverProperties(folder, ports, options, certificates))
    const broker = new KafkaBroker(folder, ports, certificates, options.node !== undefined)
    try {
      format(folder, options)
      await broker.start()
    } catch (error) {
      await broker.remove()
      throw error
    }
    return broker
  }

  get pid(): number {
    const { pid } = this.#process ?? {}
    if (pid === undefined) throw new Error('the broker does not run')
    return pid
  }

  /** Starts it (again), on the data that it has. */
  async start(): Promise<void> {
    const log = openSync(join(this.folder, 'broker.log'), 'a')
    const flags = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
    const args = [...flags, '-cp', `${kafkaPath}/*`, 'kafka.Kafka', join(this.folder, 'server.properties')]
    this.#process = spawn('java', args, { cwd: this.folder, stdio: ['ignore', log, log] })
    this.#watcher = spawn('sh', ['-c', WATCH, 'watch', String(this.pid), this.folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // What a keyboard interrupts is not this: it stays until the broker has ended.
      detached: true
    })
    await this.#ready()
  }

  /** Orderly, within a second or two. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Ends it, and its data. */
  async remove(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  get log(): string {
    return readFileSync(join(this.folder, 'broker.log'), 'latin1')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process
    if (running === undefined) return
    this.#process = undefined
    // It must not kill whoever has the process id next.
    this.#watcher?.kill('SIGKILL')
    this.#watcher?.stdin?.destroy()
    running.kill(signal)
    if (signal !== 'SIGKILL') running.kill('SIGCONT')
    if (running.exitCode === null && running.signalCode === null) await once(running, 'exit')
  }

  async #ready(): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS
    const running = this.#process
    for (;;) {
      if (running?.exitCode !== null) throw new Error(`the broker ended while it started:\n${this.log}`)
      const kafka = new Kafka({
        brokers: [this.address],
        logLevel: logLevel.NOTHING,
        connectionTimeout: 500,
        retry: { initialRetryTime: 100, maxRetryTime: 100, retries: 0 }
      })
      const admin = kafka.admin()
      try {
        await admin.connect()
        // One of a cluster may not be able to say more before the others are there.
        if (!this.#isOfCluster) await admin.listTopics()
        return
      } catch (error) {
        if (performance.now() > deadline) throw new Error(`no broker:\n${this.log}`, { cause: error })
        await new Promise(resolve => setTimeout(resolve, 100))
      } finally {
        await admin.disconnect()
      }
    }
  }
}

interface Ports {
  readonly plain: number
  readonly controller: number
  readonly secure: number
  readonly proxied: number
}

/** As `storage format` takes one. */
export function newClusterId(): string {
  const id = randomBytes(16)
  // Its text must not begin with a minus.
  id[0] = 0
  return id.toString('base64url')
}

function format(folder: string, options: BrokerOptions): void {
  const { username, password } = users.carol
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap(mechanism => [
    '--add-scram',
    `${mechanism}=[name=${username},password=${password}]`
  ])
  const java = ['-XX:TieredStopAtLevel=1', '-cp', `${kafkaPath}/*`]
  const storage = ['-t', options.node?.clusterId ?? newClusterId(), '-c', join(folder, 'server.properties')]
  const args = [...java, 'kafka.tools.StorageTool', 'format', ...storage, ...(options.secure ? scram : [])]
  const { status, signal, stdout, stderr } = spawnSync('java', args, { encoding: 'utf8' })
  if (status !== 0) {
    throw new Error(`the broker's storage can't be formatted (${status ?? signal}):\n${stdout}${stderr}`)
  }
}

function serverProperties(
  folder: string,
  ports: Ports,
  { secure, proxyPort, node, settings }: BrokerOptions,
  certificates: Certificates | undefined
): string {
  const listeners = [
    ['PLAINTEXT', 'PLAINTEXT', ports.plain, ports.plain],
    ...(secure ? [['SECURE', 'SASL_SSL', ports.secure, ports.secure]] : []),
    ...(proxyPort === undefined ? [] : [['PROXIED', 'PLAINTEXT', ports.proxied, proxyPort]])
  ]
  const entries: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(node?.id ?? 1),
    'controller.quorum.voters': node?.voters ?? `1@127.0.0.1:${ports.controller}`,
    listeners: [
      ...listeners.map(([name, , port]) => `${name}://127.0.0.1:${port}`),
      `CONTROLLER://127.0.0.1:${ports.controller}`
    ].join(','),
    'advertised.listeners': listeners.map(([name, , , port]) => `${name}://127.0.0.1:${port}`).join(','),
    'listener.security.protocol.map': [
      ...listeners.map(([name, protocol]) => `${name}:${protocol}`),
      'CONTROLLER:PLAINTEXT'
    ].join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    // Records carry times of long ago: a broker would delete them half a minute after its start.
    'log.retention.ms': '-1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'offsets.topic.num.partitions': '5',
    'transaction.state.log.num.partitions': '5',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    ...(certificates === undefined ? {} : securitySettings(certificates)),
    ...settings
  }
  return Object.entries(entries)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

function securitySettings(certificates: Certificates): Record<string, string> {
  const { username, password } = users.alice
  const login = 'org.apache.kafka.common.security'
  return {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificates.brokerKeystore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificates.authority,
    'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    'listener.name.secure.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required user_${username}="${password}";`,
    'listener.name.secure.scram-sha-256.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
    'listener.name.secure.scram-sha-512.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
    // Takes tokens that nobody signed: for tests alone.
    'listener.name.secure.oauthbearer.sasl.jaas.config': `${login}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`
  }
}
