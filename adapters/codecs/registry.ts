import type { Codec, CodecSettings } from './codec.ts'
import { type JsonCodecOptions, jsonCodec } from './json.ts'
import { lineCodec } from './line.ts'
import { otlpJsonCodec } from './otlp-json.ts'
import { otlpProtoCodec } from './otlp-proto.ts'
import { syslogCodec } from './syslog.ts'

/** Which codec, and its options. */
export type CodecOptions =
  | { readonly codec: 'line' }
  | ({ readonly codec: 'json' } & JsonCodecOptions)
  | { readonly codec: 'syslog' }
  | { readonly codec: 'otlp-json' | 'otlp-proto' }

export type CodecName = CodecOptions['codec']

/** Every codec. */
export const CODEC_NAMES: readonly CodecName[] = ['line', 'json', 'syslog', 'otlp-json', 'otlp-proto']

export function createCodec(options: CodecOptions, { timeZone }: CodecSettings): Codec {
  switch (options.codec) {
    case 'line':
      return lineCodec
    case 'json':
      return jsonCodec(options)
    case 'syslog':
      return syslogCodec(timeZone)
    case 'otlp-json':
      return otlpJsonCodec
    case 'otlp-proto':
      return otlpProtoCodec
  }
}
