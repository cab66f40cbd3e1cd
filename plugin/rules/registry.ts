import { calendar, calendarSyntax } from './calendar.ts'
import type { RuleDefinition, RuleTypeName } from './definition.ts'
import { eventGroup, eventGroupSyntax } from './event-group.ts'
import { jump, jumpSyntax } from './jump.ts'
import { type OptionsDefinition, optionsSyntax } from './options.ts'
import { pair, pairSyntax } from './pair.ts'
import { pairWithWindowSyntax } from './pair-with-window.ts'
import type { RuleType } from './rule.ts'
import { single, singleSyntax } from './single.ts'
import { singleWith2Thresholds, singleWith2ThresholdsSyntax } from './single-with-2-thresholds.ts'
import { singleWithScript, singleWithScriptSyntax } from './single-with-script.ts'
import { singleWithSuppress, singleWithSuppressSyntax } from './single-with-suppress.ts'
import { singleWithThreshold, singleWithThresholdSyntax } from './single-with-threshold.ts'
import { suppress, suppressSyntax } from './suppress.ts'
import type { RuleSyntax } from './syntax.ts'

/** The syntax of every rule type; a numbered type (`EventGroup3`) takes its number. */
export const ruleSyntaxes: Readonly<
  Record<
    RuleDefinition['type'] | 'Options',
    RuleSyntax<RuleDefinition | OptionsDefinition> | ((count: number) => RuleSyntax<RuleDefinition>)
  >
> = {
  Single: singleSyntax,
  SingleWithScript: singleWithScriptSyntax,
  SingleWithSuppress: singleWithSuppressSyntax,
  Pair: pairSyntax,
  PairWithWindow: pairWithWindowSyntax,
  SingleWithThreshold: singleWithThresholdSyntax,
  SingleWith2Thresholds: singleWith2ThresholdsSyntax,
  EventGroup: eventGroupSyntax,
  Suppress: suppressSyntax,
  Calendar: calendarSyntax,
  Jump: jumpSyntax,
  Options: optionsSyntax
}

/** The behaviour of every rule type. */
export const ruleTypes: Readonly<Record<RuleTypeName, RuleType>> = {
  Single: single,
  SingleWithScript: singleWithScript,
  SingleWithSuppress: singleWithSuppress,
  Pair: pair,
  PairWithWindow: pair,
  SingleWithThreshold: singleWithThreshold,
  SingleWith2Thresholds: singleWith2Thresholds,
  EventGroup: eventGroup,
  Suppress: suppress,
  Calendar: calendar,
  Jump: jump
}
