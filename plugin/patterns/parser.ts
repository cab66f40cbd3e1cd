import type { PerlLoader } from '../perl/source.ts'
import { compileCel } from './cel/expression.ts'
import { rawLiteralWithReference } from './cel/template.ts'
import type { PatternDefinition, PatternTypeName } from './definition.ts'
import { compilePerlRegExp } from './perl-regexp/index.ts'

/** What the parser of a pattern says, in SEC's words. */
export interface PatternReport {
  /** Lines that an input buffer holds if the user says so, else 0. */
  readonly bufferSize: number
  readonly perl: PerlLoader
  error(message: string): void
  note(message: string): void
}

/** Whether a second pattern may refer to match variables of this one. SEC lets it refer to NCached, which has none. */
export function mayBeReferredTo({ type }: PatternDefinition): boolean {
  return type !== 'SubStr' && type !== 'TValue'
}

/**
 * Parses a `ptype` and its `pattern`. A source that is a template is not checked while it refers to match variables:
 * it gets its final form at run time. `undefined`: it is faulty, and the report was told why.
 */
export function parsePattern(
  typeName: string,
  source: string,
  report: PatternReport,
  { template = false } = {}
): PatternDefinition | undefined {
  const type = parseType(typeName)
  if (type === undefined) {
    report.error(
      `Invalid pattern type '${typeName}'; expected SubStr, RegExp, PerlFunc, Cached, Record, their N-forms or TValue`
    )
    return undefined
  }
  if (report.bufferSize > 0 && type.lines > report.bufferSize) {
    report.error(
      `Pattern type '${typeName}' is designed to match ${type.lines} lines, please set --bufsize command line option to at least ${type.lines}`
    )
    return undefined
  }
  return parseSource(type, source, report, template)
}

/** Parses `egptype` and `egpattern`, which know neither line counts nor Cached, Record and TValue. */
export function parseEventGroupPattern(
  typeName: string,
  source: string,
  report: PatternReport
): PatternDefinition | undefined {
  const type = parseType(typeName)
  if (type === undefined || !GROUP_TYPES.has(type.type) || /[0-9]$/.test(typeName)) {
    report.error(
      `Invalid event group pattern type '${typeName}'; expected SubStr, RegExp, PerlFunc or their N-forms`
    )
    return undefined
  }
  return parseSource(type, source, report, false)
}

const GROUP_TYPES: ReadonlySet<PatternTypeName> = new Set(['SubStr', 'RegExp', 'PerlFunc'])

type PatternKind = Omit<PatternDefinition, 'source' | 'which'>

const NAMES: Readonly<Record<string, PatternTypeName>> = {
  substr: 'SubStr',
  regexp: 'RegExp',
  perlfunc: 'PerlFunc',
  cached: 'Cached',
  record: 'Record'
}

function parseType(typeName: string): PatternKind | undefined {
  const name = typeName.toLowerCase()
  if (name === 'tvalue') return { type: 'TValue', negated: false, lines: 1 }
  const [, negation, plain = '', count] =
    /^(n?)(substr|regexp|perlfunc|cached|record)([0-9]*)$/.exec(name) ?? []
  const type = NAMES[plain]
  const lines = count === '' ? 1 : Number(count)
  if (type === undefined || lines === 0) return undefined
  if ((type === 'Cached' || type === 'Record') && count !== '') return undefined
  return { type, negated: negation === 'n', lines }
}

function parseSource(
  kind: PatternKind,
  source: string,
  report: PatternReport,
  template: boolean
): PatternDefinition | undefined {
  switch (kind.type) {
    case 'SubStr':
      return { ...kind, source: resolveSubStrEscapes(source) }
    case 'RegExp':
      return (template && REFERENCE.test(source)) || isRegExp(source, report)
        ? { ...kind, source }
        : undefined
    case 'PerlFunc':
      return parseFunction(kind, source, report)
    case 'Cached':
      if (/^[A-Za-z][A-Za-z0-9_]*$/.test(source)) return { ...kind, source }
      report.error(
        `Invalid cached pattern name '${source}': the name does not have the form <letter>[<letter>|<digit>|<underscore>]...`
      )
      return undefined
    case 'Record':
      return isCel(source, report, template) ? { ...kind, source } : undefined
    case 'TValue':
      if (/^(?:true|false)$/i.test(source)) return { ...kind, source: source.toUpperCase() }
      report.error(`Invalid truth value '${source}'; expected TRUE or FALSE`)
      return undefined
  }
}

function parseFunction(
  kind: PatternKind,
  source: string,
  report: PatternReport
): PatternDefinition | undefined {
  const loaded = report.perl.load(source)
  if (loaded.ok) return { ...kind, source, which: loaded.value.which }
  report.error(`Invalid function '${source}', eval didn't return a code reference: ${loaded.error}`)
  return undefined
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', s: ' ', '0': '', '\\': '\\' }

function resolveSubStrEscapes(source: string): string {
  return source.replace(/\\([tnrs0\\])/g, (whole, letter: string) => ESCAPES[letter] ?? whole)
}

const REFERENCE =
  /\$(?:\$|[0-9]|\{[0-9]+\}|\+\{(?:[0-9]+|[A-Za-z_][A-Za-z0-9_!]*)\}|:\{[A-Za-z][A-Za-z0-9_]*:(?:[0-9]+|[A-Za-z_][A-Za-z0-9_!]*)\})/

function isRegExp(source: string, report: PatternReport): boolean {
  const result = compilePerlRegExp(source)
  if (result.ok) {
    const { slowReasons } = result.regexp
    if (slowReasons.length > 0) {
      report.note(`Regular expression '${source}' runs on the slow matcher: ${slowReasons.join(', ')}`)
    }
    return true
  }
  report.error(
    result.reason === 'syntax'
      ? `Invalid regular expression '${source}': ${result.message}`
      : `Regular expression '${source}' can't be translated: ${result.message}`
  )
  return false
}

/** The string literals of a template may hold references, which are text like any other until they have values. */
function isCel(source: string, report: PatternReport, template: boolean): boolean {
  const result = compileCel(source)
  if (!result.ok) {
    report.error(`Invalid CEL expression '${source}': ${result.message}`)
    return false
  }
  const raw = template ? rawLiteralWithReference(source) : undefined
  if (raw === undefined) return true
  report.error(
    `Invalid CEL expression '${source}': match variables in the raw string ${raw}, where they can't be quoted; expected a string without r`
  )
  return false
}
