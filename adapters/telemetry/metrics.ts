import type { Attributes, Meter, Observable, ObservableResult } from '@opentelemetry/api'
import type { StageCounters } from '../../plugin/stage/counters.ts'

/** What the metrics are read from, each time that somebody asks for them. */
export interface StageReadings {
  readonly counters: () => StageCounters
  readonly rules: () => Iterable<RuleReading>
  /** Records that a rule matched, and actions that would have run a program where none may run. */
  readonly matched: () => number
  readonly programsNotRun: () => number
  /** Writes of rules: what a FIFO had no reader or room for, and what failed otherwise. */
  readonly writesLost: () => { readonly dropped: number; readonly failed: number }
  readonly operations: () => number
  readonly contexts: () => number
  readonly lag: () => Iterable<LagReading>
  /** With a Kafka source. */
  readonly kafka?: () => KafkaReadings
  /** Milliseconds since Epoch. */
  readonly now: () => number
}

export interface RuleReading {
  readonly file: string
  readonly number: number
  readonly type: string
  readonly evaluations: number
  readonly matches: number
  /** Errors of expressions and the like, after which it did not match. */
  readonly faults: number
  /** 0 where it is not measured. */
  readonly durationMs: number
}

export interface LagReading {
  readonly source: string
  readonly value: number
  readonly unit: 'records' | 'bytes'
  /** Of a topic. */
  readonly partition?: number
}

export interface KafkaReadings {
  readonly tasks: number
  /** Offsets of the changelog that are still to be read before all tasks run. */
  readonly restoring: number
  readonly rebalances: number
  /** Tasks that went to other members, and those that were rebuilt after an error. */
  readonly lost: number
  readonly rebuilt: number
  /** Routed records that came again and were dropped. */
  readonly duplicates: number
}

type Observe = (value: number, attributes?: Attributes) => void

/**
 * Registers a stage's metrics with a meter. They are read when they are collected, so that records cost nothing more.
 * Names follow OpenTelemetry: no `_total` (Prometheus' exporter adds it), units in braces. What comes back takes them
 * off again.
 */
export function registerMetrics(meter: Meter, readings: StageReadings): () => void {
  const removals: (() => void)[] = []
  const add = (instrument: Observable, read: (observe: Observe) => void): void => {
    const callback = observing(read)
    instrument.addCallback(callback)
    removals.push(() => instrument.removeCallback(callback))
  }
  const counter = (
    name: string,
    unit: string,
    description: string,
    read: (observe: Observe) => void
  ): void => {
    add(meter.createObservableCounter(name, { unit, description }), read)
  }
  const gauge = (name: string, unit: string, description: string, read: (observe: Observe) => void): void => {
    add(meter.createObservableGauge(name, { unit, description }), read)
  }
  const perName = (
    attribute: string,
    pick: (counters: StageCounters) => Readonly<Record<string, number>>
  ): ((observe: Observe) => void) => {
    return observe => {
      for (const [name, value] of Object.entries(pick(readings.counters())))
        observe(value, { [attribute]: name })
    }
  }
  const total = (pick: (counters: StageCounters) => number): ((observe: Observe) => void) => {
    return observe => observe(pick(readings.counters()))
  }
  const perRule = (pick: (rule: RuleReading) => number): ((observe: Observe) => void) => {
    return observe => {
      for (const rule of readings.rules()) {
        observe(pick(rule), {
          'correlog.rule.file': rule.file,
          'correlog.rule.number': rule.number,
          'correlog.rule.type': rule.type
        })
      }
    }
  }

  counter(
    'correlog.source.records',
    '{record}',
    'Records taken in',
    perName('correlog.source', each => each.records)
  )
  counter(
    'correlog.source.batches',
    '{batch}',
    'Batches taken in',
    perName('correlog.source', each => each.batches)
  )
  counter(
    'correlog.records.dropped',
    '{record}',
    'Records and lines that no rule saw',
    perName('correlog.reason', each => each.dropped)
  )
  counter('correlog.records.matched', '{record}', 'Records that a rule matched', observe =>
    observe(readings.matched())
  )
  counter(
    'correlog.records.times',
    '{record}',
    'In record time: records by where their time was found, or why it was not taken',
    perName('correlog.reason', each => each.times)
  )
  counter(
    'correlog.programs.not_run',
    '{program}',
    'Programs that rules would have run, and may not',
    observe => observe(readings.programsNotRun())
  )
  counter(
    'correlog.writes.lost',
    '{write}',
    'Writes of rules that a FIFO had no reader or room for, or that failed otherwise',
    observe => {
      for (const [reason, value] of Object.entries(readings.writesLost())) {
        observe(value, { 'correlog.reason': reason })
      }
    }
  )
  counter(
    'correlog.alerts.raised',
    '{alert}',
    'Alerts raised',
    total(each => each.alerts)
  )
  counter(
    'correlog.sink.alerts',
    '{alert}',
    'Alerts delivered, refused for good, or found delivered already after a restart',
    observe => {
      const { delivered, refused, alreadyDelivered } = readings.counters()
      for (const [outcome, bySink] of Object.entries({
        success: delivered,
        refused,
        known: alreadyDelivered
      })) {
        for (const [sink, value] of Object.entries(bySink)) {
          observe(value, { 'correlog.sink': sink, 'correlog.outcome': outcome })
        }
      }
    }
  )
  counter(
    'correlog.component.retries',
    '{attempt}',
    'Attempts of sinks, checkpoint and dead letters that failed and were made again',
    perName('correlog.component', each => each.retries)
  )
  counter(
    'correlog.dead_letters',
    '{letter}',
    'Dead letters written, or lost for want of a place',
    observe => {
      const { deadLetters, deadLettersLost } = readings.counters()
      observe(deadLetters, { 'correlog.outcome': 'success' })
      observe(deadLettersLost, { 'correlog.outcome': 'lost' })
    }
  )
  counter(
    'correlog.acks.failed',
    '{batch}',
    'Batches that are settled and could not be acknowledged: their sender may send them again',
    total(each => each.acksFailed)
  )
  counter(
    'correlog.notes.lost',
    '{note}',
    'Steps whose second could not be noted: after a crash their alerts may have other uids',
    total(each => each.notesLost)
  )
  counter(
    'correlog.rule.evaluations',
    '{evaluation}',
    'How often a rule was tried',
    perRule(each => each.evaluations)
  )
  counter(
    'correlog.rule.matches',
    '{match}',
    'How often a rule matched',
    perRule(each => each.matches)
  )
  counter(
    'correlog.rule.duration',
    's',
    'Time that a rule took, its actions included; 0 unless it is measured',
    perRule(each => each.durationMs / 1000)
  )
  counter(
    'correlog.rule.faults',
    '{fault}',
    'Errors of a rule at run time, after which it did not match',
    perRule(each => each.faults)
  )
  gauge('correlog.operations', '{operation}', 'Live operations', observe => observe(readings.operations()))
  gauge('correlog.contexts', '{context}', 'Live contexts', observe => observe(readings.contexts()))
  gauge(
    'correlog.records.in_flight',
    '{record}',
    'Records taken in and not settled',
    total(each => each.inFlightRecords)
  )
  gauge(
    'correlog.alerts.in_flight',
    'By',
    'Alerts raised and not delivered',
    total(each => each.inFlightAlertBytes)
  )
  gauge('correlog.source.lag', '1', 'What waits unread, in the unit that the attribute names', observe => {
    for (const { source, value, unit, partition } of readings.lag()) {
      observe(value, {
        'correlog.source': source,
        'correlog.unit': unit,
        ...(partition !== undefined && { 'messaging.destination.partition.id': String(partition) })
      })
    }
  })
  counter(
    'correlog.checkpoint.count',
    '{checkpoint}',
    'Checkpoints made',
    total(each => each.checkpoints)
  )
  gauge('correlog.checkpoint.age', 's', 'Time since the last checkpoint', observe => {
    const { lastCheckpointAt } = readings.counters()
    if (lastCheckpointAt > 0) observe((readings.now() - lastCheckpointAt) / 1000)
  })
  gauge(
    'correlog.checkpoint.duration',
    's',
    'How long it took to make the last checkpoint durable',
    total(each => each.lastCheckpointMs / 1000)
  )
  if (readings.kafka !== undefined) registerKafka(readings.kafka, counter, gauge)
  return () => {
    for (const remove of removals) remove()
  }
}

type Register = (name: string, unit: string, description: string, read: (observe: Observe) => void) => void

function registerKafka(readings: () => KafkaReadings, counter: Register, gauge: Register): void {
  gauge('correlog.kafka.tasks', '{task}', 'Tasks that this member of the group has', observe =>
    observe(readings().tasks)
  )
  gauge(
    'correlog.kafka.restoring',
    '{record}',
    'Records of the changelog that are still to be read before all tasks run',
    observe => observe(readings().restoring)
  )
  counter(
    'correlog.kafka.routed.duplicates',
    '{record}',
    'Routed records that came again and were dropped',
    observe => observe(readings().duplicates)
  )
  counter('correlog.kafka.rebalances', '{rebalance}', 'How often tasks were dealt out', observe =>
    observe(readings().rebalances)
  )
  counter(
    'correlog.kafka.tasks.dropped',
    '{task}',
    'Tasks that went to other members, and tasks that were rebuilt after an error',
    observe => {
      const { lost, rebuilt } = readings()
      observe(lost, { 'correlog.reason': 'lost' })
      observe(rebuilt, { 'correlog.reason': 'error' })
    }
  )
}

function observing(read: (observe: Observe) => void): (result: ObservableResult) => void {
  return result => read((value, attributes) => result.observe(value, attributes))
}
