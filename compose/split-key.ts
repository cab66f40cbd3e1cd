import type { KeyConfig } from '../config/stage/key-types.ts'
import type { StageConfig } from '../config/stage/stage-config.ts'
import { type SplitKey, type SplitVerdict, splitVerdicts } from '../plugin/key-split/index.ts'
import type { RuleFileDefinition } from '../plugin/rules/definition.ts'

/** The key of a router's configuration, and what becomes of records without. */
export function routerKey({
  route
}: Pick<StageConfig, 'route'>):
  | { readonly key: KeyConfig; readonly withoutKey: SplitKey['withoutKey'] }
  | undefined {
  const { key, withoutKey } = route
  return key === null ? undefined : { key, withoutKey: withoutKey === 'keep' ? 'spread' : 'apart' }
}

/** Says of each rule, as a line (bytes), whether it can be split by a key. */
export function describeSplit(
  files: readonly RuleFileDefinition[],
  key: KeyConfig,
  withoutKey: SplitKey['withoutKey'],
  { sec, effects }: Pick<StageConfig, 'sec' | 'effects'>
): string[] {
  const named = key.type === 'regexp' && !/^[0-9]+$/.test(key.variable) ? [key.variable] : []
  const variables = [...new Set([...named, ...(key.variables ?? [])])]
  return splitVerdicts(files, {
    key: { definition: key, variables, withoutKey },
    internalEvents: sec.intevents,
    runsPrograms: effects.programs
  }).map(describeVerdict)
}

function describeVerdict({ file, line, type, split, because }: SplitVerdict): string {
  const head = `${file}:${line}: ${type}`
  switch (split) {
    case 'yes':
      return `${head} can be split by the key`
    case 'if':
      return `${head} can be split by the key if ${because.join('; and if ')}`
    case 'no':
      return `${head} can not be split by the key: ${because.join('; ')}`
  }
}
