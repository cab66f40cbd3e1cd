import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { fluentLoggerPath } from '../../scripts/servers/fluent-logger.mjs'
import { kafkaPath } from '../../scripts/servers/kafka.mjs'
import { collectorPath } from '../../scripts/servers/otel-collector.mjs'
import { rsyslogPath } from '../../scripts/servers/rsyslog.mjs'
import { findSec, sharedDirectory } from '../parity/sec/find.ts'

/** Something that a test needs from the machine, and how it is had. */
interface Requirement {
  readonly name: string
  /** What a reader of a skip can do about it. */
  readonly from: string
  /** Can't be had everywhere, so that it is skipped by name with `CI=true`, too. */
  readonly optional?: true
  /** The program or folder, `undefined` where it is missing. */
  readonly find: () => string | undefined
}

/**
 * Whether something that a test needs is there. With `CI=true` everything that can be had is required: a test that calls
 * `need` on a missing thing fails; otherwise it is skipped by name and counted in the run's last lines.
 */
export interface Availability {
  readonly available: boolean
  /** What `need` gives, for use outside a test; `undefined` where it is missing. */
  readonly path: string | undefined
  /** Path of the program or folder. Skips or fails the running test where it is missing. */
  need(context: TestContext): string
}

function onPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':')
  // Daemons live in sbin, which is not on every user's PATH.
  return [...folders, '/usr/local/sbin', '/usr/sbin', '/sbin']
    .map(folder => join(folder, program))
    .find(path => existsSync(path))
}

function availability({ name, from, optional, find }: Requirement): Availability {
  const found = find()
  return {
    available: found !== undefined,
    path: found,
    need(context) {
      if (found !== undefined) return found
      const missing = `${name} is missing (${from})`
      if (process.env['CI'] === 'true' && !optional) throw new Error(missing)
      return context.skip(missing)
    }
  }
}

/** The system's Perl, for comparing regular expressions and running SEC. */
export function requirePerl(): Availability {
  return availability({ name: 'perl', from: "Debian's perl", find: () => onPath('perl') })
}

/**
 * SEC itself. Cases recorded from it are part of the repository, so only what runs SEC anew needs it. Debian 12's 2.9.1
 * will do; what a test does with newer features asks for `version`.
 */
export function requireSec(): Availability & { readonly version: string | undefined } {
  const found = findSec(['2.9.4', '2.9.1'])
  return {
    ...availability({
      name: 'SEC',
      from: 'missing' in found ? found.missing : '',
      find: () => ('path' in found ? found.path : undefined)
    }),
    version: 'version' in found ? found.version : undefined
  }
}

/** A real syslog-ng; `npm test` installs it where it may. */
export function requireSyslogNg(): Availability {
  return availability({
    name: 'syslog-ng',
    from: "Debian's syslog-ng-core",
    find: () => onPath('syslog-ng')
  })
}

/** A real rsyslog, which `npm test` unpacks where syslog-ng is installed. `helpers/rsyslog.ts` runs it: the path is its program's. */
export function requireRsyslog(): Availability {
  const unpacked = rsyslogPath()
  return availability({
    name: 'rsyslog',
    from: "Debian's rsyslog",
    find: () => onPath('rsyslogd') ?? (unpacked && join(unpacked, 'usr/sbin/rsyslogd'))
  })
}

/** A real Apache Kafka broker: Java, and the jars that `npm test` gets by Maven. `helpers/kafka-broker.ts` starts it. */
export function requireKafka(): Availability {
  return availability({
    name: 'Apache Kafka',
    from: "Debian's maven and default-jre-headless",
    find: () => (existsSync(kafkaPath) && onPath('java') ? kafkaPath : undefined)
  })
}

/** A plain Kafka broker, whoever runs it. `helpers/shared-kafka.ts` has it. */
export function requirePlainKafka(): Availability {
  const named = process.env['CORRELOG_TEST_KAFKA']
  if (named === undefined || named === '') return requireKafka()
  return availability({ name: 'Apache Kafka', from: 'CORRELOG_TEST_KAFKA', find: () => named })
}

/** A real OpenTelemetry Collector, which `npm test` builds. `helpers/otel-collector.ts` starts it. */
export function requireCollector(): Availability {
  return availability({
    name: 'the OpenTelemetry Collector',
    from: 'Go 1.25 or Python with pip, and the Go module proxy',
    find: () => (existsSync(collectorPath) ? collectorPath : undefined)
  })
}

/** The Python client of Fluent's forward protocol, which `npm test` installs where there is a Python with pip. */
export function requireFluentLogger(): Availability {
  return availability({
    name: 'fluent-logger of Python',
    from: 'Python with pip',
    optional: true,
    find: () => (existsSync(fluentLoggerPath) ? fluentLoggerPath : undefined)
  })
}

/** A second, independent Kafka client. */
export function requireKcat(): Availability {
  return availability({ name: 'kcat', from: "Debian's kcat", find: () => onPath('kcat') })
}

/**
 * SEC 2.9.4, for comparing what older versions do otherwise or lack. No distribution of today's has it: it lies beside the
 * project where it is developed.
 */
export function requireCurrentSec(): Availability {
  const found = findSec()
  return availability({
    name: 'SEC 2.9.4',
    from: 'missing' in found ? found.missing : '',
    optional: true,
    find: () => ('path' in found ? found.path : undefined)
  })
}

/** The community's rule files. */
export function requireRuleSets(): Availability {
  return requireShared("the community's rule files", 'rulesets')
}

/** A file or folder that lies beside the project where it is developed, never in it. */
export function requireShared(name: string, path: string): Availability {
  const shared = join(sharedDirectory, path)
  return availability({
    name,
    from: `${path} in ../shared`,
    optional: true,
    find: () => (existsSync(shared) ? shared : undefined)
  })
}
