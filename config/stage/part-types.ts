import { codecTypes } from './codec-types.ts'
import { kafkaDeadLetters, kafkaSink, kafkaSource, kafkaState } from './kafka-types.ts'
import type { PartTypes, Schema, ValueDescription } from './description.ts'
import { fluentSink, fluentSource } from './fluent-types.ts'
import { otlpHttpSink, otlpSink, otlpSource } from './otlp-types.ts'

const path = (doc: string): ValueDescription => ({
  doc,
  format: 'text',
  default: null,
  required: true,
  value: 'path'
})

/** What rules see of the records of any source. */
const everySource: Schema = {
  template: {
    doc: 'The line that rules match: body, syslog (a line as syslog writes it to files), or a text with fields such as {resource.host.name} {severity_text} {body}.',
    format: 'template',
    default: 'body'
  },
  context: {
    doc: "The context that is set up while a record from here is matched, as SEC's --input=FILE=CONTEXT has it.",
    format: 'text',
    default: null,
    nullable: true
  }
}

const everyLineSource: Schema = {
  codec: {
    doc: 'How lines become records.',
    format: 'object',
    types: codecTypes,
    default: { type: 'line' }
  },
  ...everySource,
  maxLineBytes: {
    doc: 'A longer line is no record: it goes to the dead letters.',
    format: 'positive count',
    default: 1_048_576
  }
}

/** Where records come from. */
export const sourceTypes: PartTypes = {
  file: {
    doc: 'A file, followed over rotations.',
    location: 'path',
    options: {
      path: path('The file.'),
      ...everyLineSource,
      startAt: {
        doc: 'Where to begin in a file when no checkpoint says it. A file that comes later is read from its beginning.',
        format: ['beginning', 'end'],
        default: 'beginning'
      },
      once: {
        doc: 'Read it to its end and do not wait for more. By default as the key once of the whole configuration.',
        format: 'flag',
        default: null,
        nullable: true
      }
    }
  },
  fifo: {
    doc: 'A FIFO (named pipe). It is waited for where it is not there yet.',
    location: 'path',
    options: {
      path: path('The FIFO.'),
      ...everyLineSource,
      once: {
        doc: 'End when the last writer has gone. By default as the key once of the whole configuration.',
        format: 'flag',
        default: null,
        nullable: true
      }
    }
  },
  stdin: {
    doc: 'Standard input, to its end.',
    options: {
      ...everyLineSource,
      confirm: {
        doc: 'Answer each line with OK on standard output when it is settled, as omprog of rsyslog wants it with confirmMessages="on".',
        format: 'flag',
        default: false
      }
    }
  },
  otlp: otlpSource(
    "Logs by OTLP over gRPC, from OpenTelemetry's Collector and SDKs: see otlp.md.",
    '127.0.0.1:4317',
    everySource
  ),
  'otlp+http': otlpSource(
    "Logs by OTLP over HTTP, protobuf or JSON, from OpenTelemetry's Collector and SDKs: see otlp.md.",
    '127.0.0.1:4318',
    everySource
  ),
  fluent: fluentSource(everySource),
  kafka: kafkaSource(everyLineSource)
}

/** Where alerts go. */
export const sinkTypes: PartTypes = {
  stdout: { doc: 'Standard output: JSON, one alert a line.', options: {} },
  file: {
    doc: 'A file: JSON, one alert a line, appended. Made where it is not there.',
    location: 'path',
    options: { path: path('The file.') }
  },
  fifo: {
    doc: 'A FIFO (named pipe): JSON, one alert a line. Its reader is waited for.',
    location: 'path',
    options: { path: path('The FIFO.') }
  },
  otlp: otlpSink,
  'otlp+http': otlpHttpSink,
  fluent: fluentSink,
  kafka: kafkaSink
}

export const deadLetterTypes: PartTypes = {
  file: {
    doc: 'A file: JSON, one letter a line, appended.',
    location: 'path',
    options: { path: path('The file.') }
  },
  kafka: kafkaDeadLetters
}

export const stateTypes: PartTypes = {
  file: {
    doc: 'A folder of its own. It is made where it is not there.',
    location: 'directory',
    options: {
      directory: path('The folder.'),
      interval: {
        doc: 'The longest time between two checkpoints while there is something new.',
        format: 'positive seconds',
        default: 0.25
      },
      lockTimeout: {
        doc: 'How long another process that still has the folder is waited for at the start, as the one before may end late when a supervisor starts a new one.',
        format: 'seconds',
        default: 5
      }
    }
  },
  kafka: kafkaState
}

export const timeTypes: PartTypes = {
  arrival: { doc: 'The clock on the wall, as in SEC.', options: {} },
  record: {
    doc: "The records' own time stamps: a file of last week gives the alerts that the rules would have given then, at full speed.",
    options: {
      maxAhead: {
        doc: 'A record so much ahead of the time it was seen at does not move the clock.',
        format: 'seconds',
        default: 300
      },
      mergeWait: {
        doc: 'How long a live source that gives nothing is waited for before the records of the others go on.',
        format: 'seconds',
        default: 5
      },
      idleAfter: {
        doc: 'After how long without any record the clock goes on with that on the wall. By default it stands still.',
        format: 'positive seconds',
        default: null,
        nullable: true
      }
    }
  }
}
