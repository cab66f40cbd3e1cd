import { everyAction } from '../actions/every-action.ts'
import type { CorrelatorSettings } from '../core.ts'
import type { Rule, RuleSet } from '../rules/rule.ts'
import { Alerting } from './alerting.ts'
import { ALERTS_WITHOUT_STAGE } from './settings.ts'

/**
 * What alerts need, where a stage or a rule asks for any. `inputs`: how many had no id of their own until now.
 */
export function createAlerting(
  { stage }: CorrelatorSettings,
  { rules }: RuleSet,
  inputs = 0
): Alerting | undefined {
  if (stage === undefined && !rules.some(raisesAlerts)) return undefined
  return new Alerting(stage ?? ALERTS_WITHOUT_STAGE, inputs)
}

function raisesAlerts({ definition }: Rule): boolean {
  return everyAction(definition).some(action => action.type === 'alert')
}
