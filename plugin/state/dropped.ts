import type { Rule } from '../rules/rule.ts'
import type { Fields } from './fields.ts'

/** A rule as state names it: what is needed to speak of it when it is gone. */
export interface RememberedRule {
  readonly file: string
  /** In its file, from 0. */
  readonly number: number
  /** The first line of it. */
  readonly line: number
  readonly type: string
  readonly hash: string
}

/** What was not restored since its rule has changed or is gone. */
export interface Dropped {
  readonly rule: RememberedRule
  readonly operations: number
  /** Programs whose exit was awaited. */
  readonly scripts: number
}

export function rememberRule({ identity, number, definition }: Rule): RememberedRule {
  const { file, hash } = identity
  return { file, number, line: definition.line, type: definition.type, hash }
}

export function readRememberedRule(fields: Fields): RememberedRule {
  return {
    file: fields.string('file'),
    number: fields.number('number'),
    line: fields.number('line'),
    type: fields.string('type'),
    hash: fields.string('hash')
  }
}

/** For the log. */
export function describeDropped({ rule, operations, scripts }: Dropped): string {
  const { type, file, line } = rule
  const programs = scripts === 0 ? '' : ` and ${scripts} awaited programs`
  return `${type} rule that was in ${file} at line ${line} has changed or is gone: dropped ${operations} of its operations${programs}`
}
