#!/usr/bin/env node
// Prepares the programs that tests compare with or run against, where this machine lets us. A file in servers/ for each:
// `isPrepared()`, and `prepare()`, which throws what was in its way. What cannot be had is a skipped test, which the
// test run names.
import * as debian from './servers/debian.mjs'
import * as fluentLogger from './servers/fluent-logger.mjs'
import * as kafka from './servers/kafka.mjs'
import * as otelCollector from './servers/otel-collector.mjs'
import * as rsyslog from './servers/rsyslog.mjs'

/** In this order: what is built needs what is installed. */
const servers = {
  'Debian packages': debian,
  'Apache Kafka': kafka,
  rsyslog,
  'fluent-logger of Python': fluentLogger,
  'OpenTelemetry Collector': otelCollector
}

for (const [name, server] of Object.entries(servers)) {
  if (server.isPrepared()) continue
  console.log(`setup: ${name}: being prepared`)
  const started = performance.now()
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`
  try {
    server.prepare()
    console.log(`setup: ${name}: ready after ${seconds()}`)
  } catch (error) {
    console.log(`setup: ${name}: not to be had after ${seconds()}: ${error.message}`)
  }
}
