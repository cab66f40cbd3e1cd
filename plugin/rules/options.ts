import type { RuleFileDefinition } from './definition.ts'
import { readYesOrNo, words } from './fields.ts'
import { type Field, ruleSyntax } from './syntax.ts'

/** An Options rule. It has no number and isn't among a file's rules. */
export interface OptionsDefinition {
  readonly type: 'Options'
  readonly options: RuleFileDefinition['options']
}

const processAllInput: Field<boolean> = {
  keywords: [{ name: 'procallin', required: false }],
  read(fields, report) {
    const value = fields.get('procallin')
    const answer = value === undefined ? true : readYesOrNo(value)
    if (answer === undefined) {
      report.warning(`Invalid procallin value ' ${value} ', assuming procallin=Yes; expected Yes or No`)
    }
    return answer ?? true
  }
}

export const optionsSyntax = ruleSyntax(
  'Options',
  { joinCfSets: words('joincfset'), processAllInput },
  (options): OptionsDefinition => ({ type: 'Options', options })
)
