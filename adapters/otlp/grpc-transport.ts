import {
  Client,
  type ChannelOptions,
  type ClientUnaryCall,
  credentials,
  Metadata,
  status
} from '@grpc/grpc-js'
import { readTls } from '../tls-files.ts'
import { authority, authorization, type OtlpClientOptions } from './client-options.ts'
import type { OtlpTransport } from './exporter.ts'

const EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export'

const GZIP = 2

/**
 * Requests over gRPC. The exporter's own transport takes no options for its channel, which tries to connect again only after
 * up to two minutes. Here the stage says when: after a connection that has failed the next request makes a new one.
 *
 * @throws AdapterError of TLS files and of the token
 */
export function grpcTransport(options: OtlpClientOptions): OtlpTransport {
  const { tls, compression } = options
  const channel: ChannelOptions = {
    'grpc.keepalive_time_ms': 60_000,
    'grpc.keepalive_timeout_ms': 20_000,
    // Connections that have failed are remembered there, and waited for.
    'grpc.use_local_subchannel_pool': 1,
    ...(compression === 'gzip' && { 'grpc.default_compression_algorithm': GZIP }),
    ...(tls?.serverName !== undefined && { 'grpc.ssl_target_name_override': tls.serverName })
  }
  const material = tls === undefined ? undefined : readTls(tls)
  const secured =
    material === undefined
      ? credentials.createInsecure()
      : credentials.createSsl(material.ca ?? null, material.key ?? null, material.cert ?? null)
  let client: Client | undefined
  const metadata = new Metadata()
  const bearer = authorization(options)
  if (bearer !== undefined) metadata.set('authorization', bearer)
  const open = new Set<ClientUnaryCall>()
  const same = (bytes: Buffer): Buffer => bytes
  return {
    send: (data, timeoutMillis) =>
      new Promise(resolve => {
        const request = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
        const deadline = Date.now() + timeoutMillis
        client ??= new Client(authority(options), secured, channel)
        const used = client
        const call = used.makeUnaryRequest(
          EXPORT,
          same,
          same,
          request,
          metadata,
          { deadline },
          (error, response) => {
            open.delete(call)
            if (error?.code === status.UNAVAILABLE) {
              used.close()
              if (client === used) client = undefined
            }
            if (error === null) resolve({ status: 'success', data: response ?? Buffer.alloc(0) })
            else resolve({ status: 'failure', error })
          }
        )
        open.add(call)
      }),
    shutdown: () => {
      for (const call of open) call.cancel()
      client?.close()
    }
  }
}
