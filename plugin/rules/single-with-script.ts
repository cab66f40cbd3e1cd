import { splitWords } from '../ascii-space.ts'
import { ActionScope } from '../actions/scope.ts'
import { currentEvidence } from '../alerts/evidence.ts'
import { substituteMatchVariables } from '../patterns/match-variables.ts'
import { condition } from './conditions.ts'
import type { SingleWithScriptDefinition } from './definition.ts'
import { actionList, optionalActionList, text, yesOrNo } from './fields.ts'
import { captureBinding, matchCondition } from './match-condition.ts'
import type { RuleType } from './rule.ts'
import { ruleSyntax } from './syntax.ts'

export const singleWithScriptSyntax = ruleSyntax(
  'SingleWithScript',
  {
    condition,
    description: text('desc'),
    script: text('script'),
    shell: yesOrNo('shell', true),
    actions: actionList('action'),
    actions2: optionalActionList('action2')
  },
  ({ script, shell, ...values }, line): SingleWithScriptDefinition => ({
    type: 'SingleWithScript',
    line,
    script: shell ? script : splitWords(script),
    ...values
  })
)

/**
 * Starts a program with the names of all contexts on its standard input; `action` or `action2` runs when it ends.
 * Source: SEC manual, "SINGLEWITHSCRIPT RULE".
 */
export const singleWithScript: RuleType<SingleWithScriptDefinition> = {
  actsOnMatchOnly: true,

  observe(rule, core) {
    const [condition] = rule.conditions
    const bindings = matchCondition(condition, rule, core)
    if (bindings === undefined) return undefined
    const { script } = rule.definition
    const description = substituteMatchVariables(rule.definition.description, bindings)
    const command =
      typeof script === 'string'
        ? substituteMatchVariables(script, bindings)
        : script.map(word => substituteMatchVariables(word, bindings))
    if (!core.mayRunProgram(rule.id, 'SingleWithScript')) return condition.continue
    const child = core.nextChild()
    core.scripts.awaitExit(child, {
      rule: rule.id,
      description,
      captured: captureBinding(bindings, rule),
      cause: core.alerting?.causeOfEvent(),
      evidence: currentEvidence(core)
    })
    const input = core.contexts
      .names()
      .map(name => `${name}\n`)
      .join('')
    core.host.effect({ type: 'run', child, command, input, output: 'inherit', origin: 'SingleWithScript' })
    return condition.continue
  },

  scriptEnded(rule, { description, captured, evidence }, code, core) {
    const { actions, actions2 } = rule.definition
    const bindings = { dollar: captured }
    const list = code === 0 ? actions : actions2
    new ActionScope(core, rule.id, description, bindings, { evidence }).run(list)
  }
}
