import { pairOfConditions } from './conditions.ts'
import type { PairDefinition } from './definition.ts'
import { actionList, integer, text } from './fields.ts'
import { ruleSyntax } from './syntax.ts'

export const pairWithWindowSyntax = ruleSyntax(
  'PairWithWindow',
  {
    conditions: pairOfConditions,
    description: text('desc'),
    description2: text('desc2'),
    actions: actionList('action'),
    actions2: actionList('action2'),
    window: integer('window', 'time window', 1)
  },
  ({ conditions: [condition, condition2], ...values }, line): PairDefinition => ({
    type: 'PairWithWindow',
    line,
    condition,
    condition2,
    ...values
  })
)
