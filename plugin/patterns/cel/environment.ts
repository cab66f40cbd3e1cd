import { Environment } from '@marcbachmann/cel-js'
import { CelRecord } from './cel-record.ts'
import { registerMatches } from './regular-expressions.ts'

const ARITHMETIC: readonly (readonly [operator: string, compute: (left: number, right: number) => number])[] =
  [
    ['+', (left, right) => left + right],
    ['-', (left, right) => left - right],
    ['*', (left, right) => left * right],
    ['/', (left, right) => left / right],
    ['%', (left, right) => left % right]
  ]

/**
 * CEL with one variable, `record`. Numbers of records are doubles and those of expressions integers, which CEL compares
 * with each other but does not add: here it does, giving a double.
 */
export const celEnvironment = createEnvironment()

function createEnvironment(): Environment {
  const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
  for (const [operator, compute] of ARITHMETIC) {
    const mixed = (left: number | bigint, right: number | bigint): number =>
      compute(Number(left), Number(right))
    environment.registerOperator(`double ${operator} int: double`, mixed)
    environment.registerOperator(`int ${operator} double: double`, mixed)
  }
  environment.registerOperator('double % double: double', (left: number, right: number) => left % right)
  registerMatches(environment)
  return environment
    .registerType('Record', {
      ctor: CelRecord,
      fields: {
        body: 'dyn',
        attributes: 'map<string, dyn>',
        resource: 'map<string, dyn>',
        scope: 'map<string, dyn>',
        // Typed as numbers they could not be compared with integers by `==` and `in`.
        severity_number: 'dyn',
        severity_text: 'string',
        timestamp: 'google.protobuf.Timestamp',
        observed_timestamp: 'google.protobuf.Timestamp',
        trace_id: 'string',
        span_id: 'string',
        event_name: 'string',
        source: 'string',
        tag: 'string'
      }
    })
    .registerVariable('record', 'Record')
}
