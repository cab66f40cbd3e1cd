import type { Codec, CodecSettings } from './codec.ts'
import { type JsonCodecOptions, jsonCodec } from './json.ts'
import { lineCodec } from './line.ts'
import { otlpJsonCodec } from './otlp-json.ts'
import { syslogCodec } from './syslog.ts'

/** Which codec, and its options. */
export type CodecOptions =
  | { readonly codec: 'line' }
  | ({ readonly codec: 'json' } & JsonCodecOptions)
  | { readonly codec: 'syslog' }
  | { readonly codec: 'otlp-json' }

export type CodecName = CodecOptions['codec']

/** Every codec of lines. */
export const CODEC_NAMES: readonly CodecName[] = ['line', 'json', 'syslog', 'otlp-json']

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
  }
}
