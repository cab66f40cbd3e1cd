import type { ParityCase } from '../case.ts'

/** Everything whose presence in cases is counted. */
export const RULE_TYPES = [
  'Single',
  'SingleWithScript',
  'SingleWithSuppress',
  'Pair',
  'PairWithWindow',
  'SingleWithThreshold',
  'SingleWith2Thresholds',
  'EventGroup',
  'Suppress',
  'Calendar',
  'Jump',
  'Options'
]
export const FIELDS =
  `type rem label continue continue2 continue3 ptype ptype2 ptype3 pattern pattern2 pattern3 varmap varmap2 varmap3
  context context2 context3 desc desc2 action action2 window window2 thresh thresh2 thresh3 script shell count count2
  count3 egtoken egtoken2 egtoken3 egptype egpattern init end slide multact time cfset constset joincfset
  procallin`.split(/\s+/)
export const OPERATORS = ['&&', '||', '!', '( )', '[ ]', 'varset']
export const ACTIONS =
  `none logonly write writen closef owritecl shellcmd spawn cspawn cmdexec spawnexec cspawnexec pipe pipeexec create
  delete obsolete set alias unalias add prepend fill report reportexec copy empty pop shift exists getsize getaliases
  getltime setltime getctime setctime event tevent cevent reset getwpos setwpos assign assignsq free rewrite varset if
  else while break continue trim`.split(/\s+/)
export const PATTERN_TYPES =
  `SubStr SubStr2 SubStr3 NSubStr NSubStr2 RegExp RegExp2 RegExp3 NRegExp NRegExp2 Cached NCached
  TValue`.split(/\s+/)

const ACTION_FIELD = /^(?:action|count|init|end|slide)\d*$/

export type FeatureKind = 'rule type' | 'field' | 'operator' | 'action' | 'pattern type'

/** Names of what stands in the rules of a case, each as `kind name`. */
export function featuresOf({ files }: ParityCase): Set<string> {
  const features = new Set<string>()
  const note = (kind: FeatureKind, name: string): void => void features.add(`${kind} ${name}`)
  const known = new Set(ACTIONS)
  for (const line of files.flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'))) {
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? []
    if (key === undefined || value === undefined) continue
    note('field', key)
    if (key === 'type') note('rule type', spelling(RULE_TYPES, value.replace(/\d+$/, '')))
    if (/^ptype\d*$/.test(key)) note('pattern type', spelling(PATTERN_TYPES, value.replace(/1$/, '')))
    if (/^context\d*$/.test(key)) for (const operator of operatorsIn(value)) note('operator', operator)
    if (ACTION_FIELD.test(key)) {
      for (const [, action] of value.matchAll(/(?:^|[;(]|\) (?=else))\s*([a-z]+)\b/g))
        if (action !== undefined && known.has(action)) note('action', action)
    }
  }
  return features
}

function operatorsIn(expression: string): string[] {
  return [
    ...['&&', '||', '!'].filter(operator => expression.includes(operator)),
    ...(expression.includes('(') ? ['( )'] : []),
    ...(expression.startsWith('[') ? ['[ ]'] : []),
    ...(/\bvarset /.test(expression) ? ['varset'] : [])
  ]
}

function spelling(names: readonly string[], value: string): string {
  return names.find(name => name.toLowerCase() === value.toLowerCase()) ?? value
}

/** In how many cases with output each feature stands. */
export class Coverage {
  readonly #counts = new Map<string, number>()

  add(parityCase: ParityCase): void {
    for (const feature of featuresOf(parityCase))
      this.#counts.set(feature, (this.#counts.get(feature) ?? 0) + 1)
  }

  /** All counts, lowest first. */
  counts(): [feature: string, cases: number][] {
    const all = Object.entries({
      'rule type': RULE_TYPES,
      field: FIELDS,
      operator: OPERATORS,
      action: ACTIONS,
      'pattern type': PATTERN_TYPES
    }).flatMap(([kind, names]) => names.map(name => `${kind} ${name}`))
    return all
      .map((feature): [string, number] => [feature, this.#counts.get(feature) ?? 0])
      .sort(([, a], [, b]) => a - b)
  }
}
