import { createServer, type Server as SocketServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import {
  Metadata,
  type MethodDefinition,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerInterceptor,
  ServerInterceptingCall,
  type ServerUnaryCall,
  ServerListenerBuilder
} from '@grpc/grpc-js'
import { decodeUtf8 } from '../../plugin/utf8.ts'
import { tlsErrorText } from '../tls-error.ts'
import { wallClock } from '../wall-clock.ts'
import {
  type Answer,
  encodeFailure,
  encodeSuccess,
  type Failure,
  STATUS_CODES,
  unavailable
} from './answer.ts'
import { wrongToken } from './bearer-token.ts'
import { listen } from './listen.ts'
import { readLogsRequest } from './read-logs-request.ts'
import { ReceiveGate } from './receive-gate.ts'
import {
  CLOSE_MS,
  DEFAULT_TIMEOUTS,
  type OtlpServer,
  type OtlpServerOptions,
  tlsOptions
} from './server-options.ts'

/** Each may hold 64 KiB that are not read, which is HTTP/2's window. */
const STREAMS_PER_CONNECTION = 100

const LOGS_EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export'
/** What is sent besides logs, and to which method. */
const OTHER_SIGNALS: Readonly<Record<string, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  profiles: '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export'
}

/**
 * OTLP/gRPC. The connections are our own, so that their number has a limit and what goes wrong with TLS can be said.
 *
 * @throws AdapterError
 */
export async function startGrpcServer(options: OtlpServerOptions): Promise<OtlpServer> {
  const { host, port, tls, maxConnections, maxRequestBytes, warn, timeouts = DEFAULT_TIMEOUTS } = options
  const server = new Server({
    'grpc.max_receive_message_length': maxRequestBytes,
    'grpc.keepalive_time_ms': timeouts.pingMs,
    'grpc.keepalive_timeout_ms': timeouts.pingMs / 3,
    'grpc.max_concurrent_streams': STREAMS_PER_CONNECTION,
    interceptors: [admission(options)]
  })
  server.addService({ Export: method(LOGS_EXPORT) }, { Export: exporter(options) })
  for (const [signal, path] of Object.entries(OTHER_SIGNALS)) {
    server.addService({ Export: method(path) }, { Export: refusal(signal, options) })
  }
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  const sockets = new Set<Socket>()
  const onConnection = (socket: Socket): void => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // Without a listener a connection that is reset would end the process.
    socket.on('error', () => {})
    injector.injectConnection(socket)
  }
  const listener: SocketServer =
    tls === undefined
      ? createServer(onConnection)
      : createTlsServer({ ...tlsOptions(tls, timeouts), ALPNProtocols: ['h2'] }, onConnection)
  listener.maxConnections = maxConnections
  listener.on('tlsClientError', (error: Error) => {
    warn('a connection was refused: its TLS handshake failed', { error: tlsErrorText(error) })
  })
  const address = await listen(listener, host, port, error => {
    warn('a connection could not be accepted', { error: error.message })
  })
  return {
    address,
    stopListening: () => void listener.close(),
    async close() {
      listener.close()
      const limit = new AbortController()
      const closed = new Promise<void>(resolve => {
        server.tryShutdown(() => resolve())
      })
      await Promise.race([closed, wallClock.delay(CLOSE_MS, limit.signal)])
      limit.abort()
      server.forceShutdown()
      for (const socket of sockets) socket.destroy()
    }
  }
}

/** Requests and answers stay bytes. */
function method(path: string): MethodDefinition<Buffer, Buffer> {
  const same = (bytes: Buffer): Buffer => bytes
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same
  }
}

/** Refuses what need not be read, and what does not come to its end. Nothing is read before the metadata are passed on. */
function admission({
  token,
  requests,
  warn,
  timeouts = DEFAULT_TIMEOUTS
}: OtlpServerOptions): ServerInterceptor {
  const gate = new ReceiveGate()
  return (_method, call) => {
    return new ServerInterceptingCall(call, {
      start: next => {
        const turn = gate.turn()
        const received = new AbortController()
        const end = (): void => {
          received.abort()
          turn.end()
        }
        void wallClock.delay(timeouts.requestMs, received.signal).then(() => {
          if (!received.signal.aborted)
            call.sendStatus(statusOf(unavailable('the request has not come in time')))
        })
        const listener = new ServerListenerBuilder()
          .withOnReceiveMetadata((metadata, go) => {
            const authorization = metadata.get('authorization')[0]?.toString()
            const refused = wrongToken(token, authorization)
            if (refused !== undefined) {
              warn('a request was refused: it does not have the bearer token', { from: call.getPeer() })
            }
            const failure = refused ?? requests.refusal
            if (failure?.type === 'failure') call.sendStatus(statusOf(failure))
            else turn.begin(() => go(metadata))
          })
          .withOnReceiveHalfClose(go => {
            end()
            go()
          })
          .withOnCancel(end)
          .build()
        next(listener)
      }
    })
  }
}

function exporter({ requests }: OtlpServerOptions) {
  return (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): void => {
    void requests.answer(call.request, readLogsRequest).then((answer: Answer) => {
      if (answer.type === 'success') reply(null, encodeSuccess(answer, 'protobuf'))
      else reply(statusOf(answer), null)
    })
  }
}

/** Only logs are taken. */
function refusal(signal: string, { warn }: OtlpServerOptions) {
  return (_call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): void => {
    warn(`${signal} were refused: only logs are taken`, {})
    reply(statusOf({ type: 'failure', kind: 'not-found', message: 'only logs are taken here' }), null)
  }
}

function statusOf(failure: Failure): { code: number; details: string; metadata: Metadata } {
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', encodeFailure(failure, 'protobuf'))
  return { code: STATUS_CODES[failure.kind].grpc, details: decodeUtf8(failure.message), metadata }
}
