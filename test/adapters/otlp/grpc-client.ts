import {
  Client,
  credentials as grpcCredentials,
  type ChannelCredentials,
  Metadata,
  type ServiceError
} from '@grpc/grpc-js'

export interface GrpcAnswer {
  /** google.rpc.Code; 0: OK. */
  readonly code: number
  readonly message: string
  readonly body: Buffer | undefined
  /** A google.rpc.Status. */
  readonly details: Buffer | undefined
}

export interface GrpcOptions {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly gzip?: boolean
  readonly credentials?: ChannelCredentials
  readonly deadlineMs?: number
}

/** One call of a client of its own. */
export async function grpcExport(
  address: string,
  request: Buffer,
  {
    path = '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    headers = {},
    gzip = false,
    credentials = grpcCredentials.createInsecure(),
    deadlineMs = 15_000
  }: GrpcOptions = {}
): Promise<GrpcAnswer> {
  const client = new Client(address, credentials, {
    'grpc.max_send_message_length': -1,
    ...(gzip && { 'grpc.default_compression_algorithm': 2 })
  })
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
  const same = (bytes: Buffer): Buffer => bytes
  try {
    return await new Promise<GrpcAnswer>(resolve => {
      const deadline = Date.now() + deadlineMs
      client.makeUnaryRequest(path, same, same, request, metadata, { deadline }, (error, body) => {
        resolve(error === null ? { code: 0, message: '', body, details: undefined } : failure(error))
      })
    })
  } finally {
    client.close()
  }
}

function failure({ code, details, metadata }: ServiceError): GrpcAnswer {
  const [status] = metadata.get('grpc-status-details-bin')
  return { code, message: details, body: undefined, details: Buffer.isBuffer(status) ? status : undefined }
}
