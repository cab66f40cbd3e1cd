export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  readonly traceFlags: number
}

/** `undefined`: it is none, and is passed over. Source: W3C Trace Context, "traceparent Header". */
export function parseTraceParent(text: string): TraceParent | undefined {
  const [, version, traceId = '', spanId = '', flags = '', rest = ''] =
    /^([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text) ?? []
  // A later version may have more behind; version ff is none.
  if (version === undefined || version === 'ff' || (version === '00' && rest !== '')) return undefined
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) }
}

export function formatTraceParent({ traceId, spanId, traceFlags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`
}
