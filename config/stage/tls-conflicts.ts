import type { Path } from './check.ts'
import { fromBytes } from './formats.ts'
import type { StageConfig } from './stage-config.ts'

interface Tls {
  readonly enabled?: boolean
  readonly certificate: string | null
  readonly key: string | null
  readonly ca?: string | null
  readonly clientCa?: string | null
}

/** Files for TLS that do not go together. */
export function tlsConflicts({
  sources,
  sinks
}: Pick<StageConfig, 'sources' | 'sinks'>): { readonly path: Path; readonly message: string }[] {
  const parts = [
    ...sources.map(source => ({ part: 'source', key: 'sources', ...source })),
    ...sinks.map(sink => ({ part: 'sink', key: 'sinks', ...sink }))
  ]
  return parts.flatMap(each => {
    if (!('tls' in each)) return []
    const problem = problemOf(each.tls)
    if (problem === undefined) return []
    const name = fromBytes(each.name)
    return [{ path: [each.key, name, 'tls'], message: `wrong "tls" of ${each.part} "${name}": ${problem}` }]
  })
}

function problemOf({ enabled, certificate, key, ca = null, clientCa = null }: Tls): string | undefined {
  if (certificate !== null && key === null) return 'no "key"; expected that of the certificate'
  if (certificate === null && key !== null) return 'no "certificate"; expected that of the key'
  if (certificate === null && clientCa !== null) {
    return 'clients are to show certificates, and there is none of our own; expected "certificate" and "key"'
  }
  if (enabled === false && (certificate !== null || ca !== null))
    return 'it is not enabled; expected enabled: true'
  return undefined
}
