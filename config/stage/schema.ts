import { NOTIFICATION_KINDS } from '../../plugin/alerts/settings.ts'
import { secSchema } from '../schema.ts'
import type { Schema, ValueDescription } from './description.ts'
import { keyDescription } from './key-types.ts'
import { deadLetterTypes, sinkTypes, sourceTypes, stateTypes, timeTypes } from './part-types.ts'

const alertsFrom: ValueDescription = {
  doc: 'Notifications of the rules that become alerts: an unmodified SEC rule set then needs no program. event makes its synthetic event all the same.',
  format: NOTIFICATION_KINDS,
  several: true,
  default: []
}

/** An option of SEC's that the rules feel: its words are SEC's. */
const sec = (
  name: keyof typeof secSchema,
  format: ValueDescription['format'],
  rest: Partial<ValueDescription> = {}
): ValueDescription => ({ doc: secSchema[name].doc, format, default: secSchema[name].default, ...rest })

/**
 * The only description of a stage's configuration. The file, the command line of `correlog run` and `correlog check`,
 * the environment, `createStage`, help and documents are made from it. All times are in seconds.
 */
export const stageSchema: Schema = {
  application: {
    doc: 'Whose alerts these are: the attribute correlog.application, by which they are recognised when they come back.',
    format: 'text',
    default: 'correlog',
    env: 'CORRELOG_APPLICATION',
    arg: 'application',
    value: 'name'
  },
  rules: {
    doc: 'The rule files, in their order: patterns as in SEC.',
    format: 'array',
    entry: {
      files: {
        doc: 'A pattern, or a list of them.',
        format: 'texts',
        default: null,
        required: true,
        value: 'pattern'
      },
      alertsFrom: {
        ...alertsFrom,
        doc: 'As the key alertsFrom of the whole configuration, for these files alone.',
        default: null,
        nullable: true
      }
    },
    short: 'files',
    default: [],
    arg: 'rules',
    value: 'pattern'
  },
  alertsFrom: { ...alertsFrom, env: 'CORRELOG_ALERTS_FROM', arg: 'alerts-from', value: 'kind,...' },
  sources: {
    doc: "Where records come from, each under the name that rules see as the input's.",
    format: 'array',
    types: sourceTypes,
    default: [],
    arg: 'from',
    value: 'url'
  },
  sinks: {
    doc: 'Where alerts go; each of them gets all.',
    format: 'array',
    types: sinkTypes,
    default: [],
    arg: 'to',
    value: 'url'
  },
  deadLetters: {
    doc: 'Where goes what is no record and what a sink refuses for good. Without it that is counted, logged, and gone.',
    format: 'object',
    types: deadLetterTypes,
    plain: 'file',
    default: null,
    nullable: true,
    env: 'CORRELOG_DEAD_LETTERS',
    arg: 'dead-letters',
    value: 'file'
  },
  route: {
    key: {
      ...keyDescription,
      doc: 'Makes this a router: it has Kafka sources, no sinks, and rules only for correlog check. Each record goes on to the repartition topic with this key, so that rules which correlate by it can be split over instances.',
      arg: 'key',
      value: 'key'
    },
    operator: {
      doc: 'What the router is called: the topic is APPLICATION-OPERATOR-repartition by default, and the group APPLICATION-OPERATOR.',
      format: 'text',
      default: 'route'
    },
    topic: {
      doc: 'The repartition topic, if it is to be called otherwise.',
      format: 'text',
      default: null,
      nullable: true
    },
    partitions: {
      doc: 'How many partitions the repartition topic is made with. By default as many as the topic has that is routed.',
      format: 'positive count',
      default: null,
      nullable: true
    },
    create: {
      doc: 'Make the repartition topic where it is not there.',
      format: 'flag',
      default: true
    },
    purgeReadBy: {
      doc: 'The consumer groups that read the repartition topic, all of them: every half a minute the records that all of these have settled are deleted from it. Without it nothing is deleted.',
      format: 'texts',
      default: null,
      nullable: true
    },
    withoutKey: {
      doc: 'What becomes of a record without a key: keep, it goes on with the key that it has; deadLetters, it goes there; drop, it is counted and gone.',
      format: ['keep', 'deadLetters', 'drop'],
      default: 'keep'
    }
  },
  state: {
    doc: 'Where checkpoints are kept: what the rules remember, and how far each source is read. Without it a restart forgets. With a Kafka source kafka is the default.',
    format: 'object',
    types: stateTypes,
    plain: 'file',
    default: null,
    nullable: true,
    env: 'CORRELOG_STATE',
    arg: 'state',
    value: 'directory'
  },
  resetState: {
    doc: 'With a Kafka source: leave the state of each task behind once, and begin as startAt says. For one start, of one instance.',
    format: 'flag',
    default: false,
    arg: 'reset-state'
  },
  time: {
    doc: 'The clock of the rules. With a Kafka source record is the default.',
    format: 'object',
    types: timeTypes,
    default: { type: 'arrival' },
    env: 'CORRELOG_TIME',
    arg: 'time',
    value: 'arrival|record'
  },
  once: {
    doc: 'End at the end of the input: files are read to their end and not waited for.',
    format: 'flag',
    default: false,
    arg: 'once'
  },
  atEnd: {
    doc: 'Whether timers that are still open at the end of the input fire.',
    format: ['keep', 'fire'],
    default: 'keep',
    arg: 'at-end',
    value: 'keep|fire'
  },
  matchOwnAlerts: {
    doc: 'Match own alerts that come back like any other record. They can feed themselves for ever.',
    format: 'flag',
    default: false
  },
  effects: {
    programs: {
      doc: 'Let rules run programs (shellcmd, spawn, pipe and the like). Otherwise these do nothing, unless they become alerts.',
      format: 'flag',
      default: false
    }
  },
  perl: {
    runtime: {
      doc: "The Perl that runs the code in rules: wasm, in a sandbox; system, the machine's own perl, which nothing is kept from; or off, which refuses such rules.",
      format: ['wasm', 'system', 'off'],
      default: 'wasm',
      env: 'CORRELOG_PERL',
      arg: 'perl',
      value: 'wasm|system|off'
    },
    read: {
      doc: 'Folders whose files Perl code in the sandbox may read, beside those of the rule files.',
      format: 'texts',
      default: null,
      nullable: true
    },
    write: {
      doc: 'Folders whose files Perl code in the sandbox may write and read.',
      format: 'texts',
      default: null,
      nullable: true
    },
    environment: {
      doc: 'Environment variables that Perl code in the sandbox sees, beside HOME, HOSTNAME, LANG, LANGUAGE, LC_*, LOGNAME, PATH, PWD, SHELL, TMPDIR, TZ and USER.',
      format: 'texts',
      default: null,
      nullable: true
    },
    maxTime: {
      doc: 'How long one call of Perl code may take before it is ended, and with it what Perl variables hold.',
      format: 'positive seconds',
      default: 1
    },
    maxMemoryBytes: {
      doc: 'How much memory Perl code may use; with more it is ended.',
      format: 'positive count',
      default: 268_435_456
    }
  },
  sec: {
    bufsize: sec('bufsize', 'count'),
    jointbuf: sec('jointbuf', 'flag', { nullable: true }),
    evstoresize: sec('evstoresize', 'count'),
    cleantime: sec('cleantime', 'count'),
    intevents: sec('intevents', 'flag'),
    intcontexts: sec('intcontexts', 'flag'),
    quoting: sec('quoting', 'flag')
  },
  delivery: {
    guarantee: {
      doc: 'With a Kafka source: exactly_once, alerts, dead letters, state and positions of a task in one transaction; at_least_once, alerts before state and positions. By default exactly_once where source, state and all sinks are in one cluster.',
      format: ['exactly_once', 'at_least_once'],
      default: null,
      nullable: true,
      env: 'CORRELOG_DELIVERY',
      arg: 'delivery',
      value: 'guarantee'
    },
    maxInFlightRecords: {
      doc: 'Sources are not asked while so many records are taken in and not settled.',
      format: 'positive count',
      default: 100_000
    },
    maxInFlightAlertBytes: {
      doc: 'Sources are not asked while alerts of so many bytes are not delivered.',
      format: 'positive count',
      default: 16_777_216
    },
    firstRetry: {
      doc: 'How long to wait before what failed is tried again; each further time twice as long.',
      format: 'positive seconds',
      default: 0.1
    },
    longestRetry: {
      doc: 'The longest wait between two attempts.',
      format: 'positive seconds',
      default: 5
    },
    shutdownTimeout: {
      doc: 'How long an orderly end may take before what is not settled is given up: whoever sent it keeps it.',
      format: 'positive seconds',
      default: 10
    }
  },
  telemetry: {
    host: {
      doc: 'The address of /metrics (Prometheus), /healthz and /readyz.',
      format: 'text',
      default: '127.0.0.1',
      env: 'CORRELOG_TELEMETRY_HOST'
    },
    port: {
      doc: 'Their port; 0: the system chooses a free one, and the log names it. Without it there is no such server.',
      format: 'port',
      default: null,
      nullable: true,
      env: 'CORRELOG_TELEMETRY_PORT'
    },
    rules: {
      doc: 'Measure the time that each rule takes.',
      format: 'flag',
      default: false
    }
  },
  log: {
    level: {
      doc: 'Log messages from this level on, to standard error.',
      format: ['error', 'warn', 'info', 'debug'],
      default: 'info',
      env: 'CORRELOG_LOG_LEVEL',
      arg: 'log-level',
      value: 'error|warn|info|debug'
    },
    format: {
      doc: 'JSON, one message a line, or lines to read. auto: lines on a terminal, JSON elsewhere.',
      format: ['auto', 'json', 'text'],
      default: 'auto',
      env: 'CORRELOG_LOG_FORMAT'
    }
  }
}
