import { readFile } from 'node:fs/promises'
import type { KafkaClient } from '../adapters/kafka/client.ts'
import type { KafkajsOptions, KafkaLogin } from '../adapters/kafka/kafkajs/connection.ts'
import { KafkaClientError } from '../adapters/kafka/client.ts'
import { systemErrorText } from '../adapters/system-error.ts'
import { readTls } from '../adapters/tls-files.ts'
import { fromBytes } from '../config/stage/formats.ts'
import type { KafkaConnectionConfig } from '../config/stage/kafka-types.ts'

/**
 * A client, loaded where it is asked for first: most stages have none.
 *
 * @throws AdapterError of files for TLS
 */
export async function kafkaClient(connection: KafkaConnectionConfig): Promise<KafkaClient> {
  const { brokers, clientId, tls, compression } = connection
  const sasl = loginOf(connection)
  const options: KafkajsOptions = {
    brokers: (brokers ?? []).map(fromBytes),
    clientId: fromBytes(clientId),
    ...(tls.enabled && { tls: tlsOf(tls) }),
    ...(sasl !== undefined && { sasl }),
    ...(compression !== 'none' && { compression })
  }
  const { kafkajsClient } = await import('../adapters/kafka/kafkajs/client.ts')
  return kafkajsClient(options)
}

function tlsOf({
  ca,
  certificate,
  key,
  serverName
}: KafkaConnectionConfig['tls']): NonNullable<KafkajsOptions['tls']> {
  const files = { ca: ca ?? undefined, certificate: certificate ?? undefined, key: key ?? undefined }
  const material = readTls(files)
  return {
    ...(material.ca !== undefined && { ca: material.ca }),
    ...(material.cert !== undefined && { cert: material.cert }),
    ...(material.key !== undefined && { key: material.key }),
    ...(serverName !== null && { servername: fromBytes(serverName) })
  }
}

function loginOf({ sasl }: KafkaConnectionConfig): KafkaLogin | undefined {
  const { mechanism, username, password, bearerFile } = sasl
  if (mechanism === null) return undefined
  if (mechanism === 'oauthbearer') return { mechanism, token: () => readToken(bearerFile ?? '') }
  return { mechanism, username: fromBytes(username ?? ''), password: fromBytes(password ?? '') }
}

/** Anew for each connection: tokens have an end. */
async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(Buffer.from(path, 'latin1'), 'utf8')).trim()
  } catch (error) {
    throw new KafkaClientError(
      `can't read the token of sasl.bearerFile "${fromBytes(path)}" (${systemErrorText(error)}); expected a file with it`,
      { code: 'SASL_AUTHENTICATION_FAILED', retryable: false, cause: error }
    )
  }
}
