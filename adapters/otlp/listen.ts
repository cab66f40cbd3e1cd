import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { AdapterError } from '../../plugin/adapter.ts'
import { systemErrorText } from '../system-error.ts'

/**
 * Listens; `127.0.0.1:4317` it is then. `onError` hears later of connections that could not be accepted.
 *
 * @throws AdapterError
 */
export async function listen(
  server: Server,
  host: string,
  port: number,
  onError: (error: Error) => void
): Promise<string> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new AdapterError(`can't listen on ${host} port ${port} (${systemErrorText(error)})`, {
      code: 'LISTEN',
      retryable: false,
      cause: error
    })
  }
  // Too many open files, say: without a listener it would end the process.
  server.on('error', onError)
  const { address, family, port: actual } = server.address() as AddressInfo
  return `${family === 'IPv6' ? `[${address}]` : address}:${actual}`
}
