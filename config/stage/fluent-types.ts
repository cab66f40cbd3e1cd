import type { PartType, Schema } from './description.ts'
import {
  type ClientTlsConfig,
  clientTlsOptions,
  type ServerTlsConfig,
  serverTlsOptions
} from './tls-options.ts'

const credentials: Schema = {
  sharedKey: {
    doc: 'The key that both sides must know. With it there is a handshake.',
    format: 'text',
    default: null,
    nullable: true,
    sensitive: true
  },
  user: {
    doc: 'The user beside the shared key.',
    format: 'text',
    default: null,
    nullable: true
  },
  password: {
    doc: "The user's password.",
    format: 'text',
    default: null,
    nullable: true,
    sensitive: true
  }
}

interface CredentialsConfig {
  readonly sharedKey: string | null
  readonly user: string | null
  readonly password: string | null
  readonly hostname: string | null
}

/** @param everySource - what rules see of its records */
export function fluentSource(everySource: Schema): PartType {
  return {
    doc: 'What Fluentd, Fluent Bit and others send by the forward protocol: see fluent.md.',
    location: 'address',
    hasAddress: true,
    options: {
      address: {
        doc: 'Where to listen.',
        format: 'address',
        default: '127.0.0.1:24224'
      },
      ...everySource,
      match: {
        doc: 'Which tags are taken, as <match> of Fluentd reads patterns. Records of others are acknowledged, counted and left out.',
        format: 'tag pattern',
        default: '**'
      },
      routes: {
        doc: 'Tags whose records are matched in a context of their own, by which rules choose them. The first that fits counts; others have the context of the source.',
        format: 'array',
        entry: {
          match: {
            doc: 'The tags.',
            format: 'tag pattern',
            default: null,
            required: true
          },
          context: {
            doc: "The context, instead of the source's.",
            format: 'text',
            default: null,
            nullable: true
          }
        },
        short: 'match',
        default: []
      },
      tls: serverTlsOptions,
      ...credentials,
      hostname: {
        doc: 'Our name in the handshake; clients have others. By default correlog-source. and the name of the machine.',
        format: 'text',
        default: null,
        nullable: true
      },
      udpHeartbeat: {
        doc: 'Answer heartbeats by UDP on the same port.',
        format: 'flag',
        default: true
      },
      maxConnections: {
        doc: 'Connections beyond so many are refused.',
        format: 'positive count',
        default: 10_000
      },
      maxMessageBytes: {
        doc: 'A longer message ends its connection: the client keeps it, and may send it for ever. Fluentd sends a whole chunk at once (chunk_limit_size).',
        format: 'positive count',
        default: 67_108_864
      },
      maxDecompressedBytes: {
        doc: 'Entries that are longer when they are decompressed go to the dead letters, as they came.',
        format: 'positive count',
        default: 268_435_456
      },
      maxRecordBytes: {
        doc: 'A longer record is none: it goes to the dead letters.',
        format: 'positive count',
        default: 1_048_576
      },
      maxBufferedBytes: {
        doc: 'Connections are not read while so many bytes of them wait to be asked for.',
        format: 'positive count',
        default: 67_108_864
      },
      messageTimeout: {
        doc: 'A connection is ended when a message, or the handshake, takes longer from its first byte to its last; a long message may take a second more for each 16 KiB.',
        format: 'positive seconds',
        default: 30
      }
    }
  }
}

export interface FluentSourceConfig extends CredentialsConfig {
  readonly type: 'fluent'
  readonly address: string
  readonly match: string
  readonly routes: readonly { readonly match: string; readonly context: string | null }[]
  readonly tls: ServerTlsConfig
  readonly udpHeartbeat: boolean
  readonly maxConnections: number
  readonly maxMessageBytes: number
  readonly maxDecompressedBytes: number
  readonly maxRecordBytes: number
  readonly maxBufferedBytes: number
  readonly messageTimeout: number
}

export const fluentSink: PartType = {
  doc: 'Fluentd, Fluent Bit and others that take the forward protocol: see fluent.md.',
  location: 'servers',
  hasAddress: true,
  options: {
    servers: {
      doc: 'Where they listen. Of several the first that works gets all alerts, and the one before it again when that works again.',
      format: 'addresses',
      default: ['127.0.0.1:24224']
    },
    tag: {
      doc: 'The tag of alerts. {severity_text}, {severity_number}, {event_name}, {application} and {attributes.NAME} stand for what the alert has there; what is no letter, digit, _ or - in it becomes _.',
      format: 'alert template',
      default: 'correlog.alert'
    },
    requireAck: {
      doc: 'An alert is delivered when the server has acknowledged it; otherwise when the system has taken it.',
      format: 'flag',
      default: true
    },
    ackTimeout: {
      doc: 'How long an acknowledgement may take, or without requireAck the sending; then the alerts are sent again, to the next server if there is one.',
      format: 'positive seconds',
      default: 60
    },
    tls: clientTlsOptions,
    ...credentials,
    hostname: {
      doc: 'Our name in the handshake; servers have others. By default correlog-sink. and the name of the machine.',
      format: 'text',
      default: null,
      nullable: true
    },
    connectTimeout: {
      doc: 'How long connecting and the handshake may take.',
      format: 'positive seconds',
      default: 5
    },
    recovery: {
      doc: 'How long a server that has failed is left alone while another one works; each further time twice as long, up to five minutes.',
      format: 'positive seconds',
      default: 10
    }
  }
}

export interface FluentSinkConfig extends CredentialsConfig {
  readonly type: 'fluent'
  readonly servers: readonly string[]
  readonly tag: string
  readonly requireAck: boolean
  readonly ackTimeout: number
  readonly tls: ClientTlsConfig
  readonly connectTimeout: number
  readonly recovery: number
}
