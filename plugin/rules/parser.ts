import type { Diagnostic, RuleDefinition, RuleFileDefinition } from './definition.ts'
import { hashOfFields } from './identity.ts'
import { reportLabels } from './labels.ts'
import { lexRuleFile, type RuleBlock } from './lexer.ts'
import type { OptionsDefinition } from './options.ts'
import { type PerlLoader, perlLoader } from '../perl/source.ts'
import { ruleSyntaxes } from './registry.ts'
import type { RuleReport, RuleSyntax } from './syntax.ts'

export interface RuleFileOptions {
  /** `--bufsize`: lines in an input buffer; 0, the default, for as many as the patterns want. */
  readonly bufferSize?: number
  /** Compiles the Perl code of all rule files that are loaded together; without it such rules are refused. */
  readonly perl?: PerlLoader
}

/**
 * Parses a rule file. `text` is latin1: one character is one byte. Every diagnostic's message is a whole log line in
 * SEC's words. Never throws.
 */
export function parseRuleFile(
  name: string,
  text: string,
  { bufferSize = 0, perl = perlLoader(undefined) }: RuleFileOptions = {}
): RuleFileDefinition {
  const diagnostics: Diagnostic[] = []
  const rules: RuleDefinition[] = []
  const hashes: string[] = []
  const labels = new Map<string, number>()
  let options: RuleFileDefinition['options'] = { joinCfSets: [], processAllInput: true }

  const say = (severity: Diagnostic['severity'], line: number, message: string): void => {
    diagnostics.push({ severity, line, message })
  }
  const notYetSaid = new Set<string>()
  const reportOf = (line: number): RuleReport => ({
    bufferSize,
    perl,
    error: message => say('error', line, `Rule in ${name} at line ${line}: ${message}`),
    plainError: message => say('error', line, `${message}; ${name} line ${line}`),
    warning: message => say('warning', line, `Rule in ${name} at line ${line}: ${message}`),
    note: message => say('note', line, `Rule in ${name} at line ${line}: ${message}`),
    notYet: message => {
      const whole = `${name}:${line}: ${message}, not yet`
      if (!notYetSaid.has(whole)) say('not yet', line, whole)
      notYetSaid.add(whole)
    }
  })

  for (const item of lexRuleFile(text)) {
    switch (item.type) {
      case 'label':
        labels.set(item.name, rules.length)
        break
      case 'malformed line':
        say(
          'error',
          item.line,
          `${name} line ${item.line} (${item.text}): Line not in keyword=value format or non-alphanumeric keyword`
        )
        break
      case 'duplicate':
        say(
          'warning',
          item.line,
          `Several '${item.keyword}' keywords specified, overriding previous value '${item.previous}' with '${item.value}'; ${name} line ${item.line}`
        )
        break
      case 'rule': {
        const first = diagnostics.length
        const rule = parseRule(item, reportOf(item.line))
        if (rule === undefined) withdrawNotYet(diagnostics, first)
        else if (rule.type === 'Options') options = rule.options
        else {
          rules.push(rule)
          hashes.push(hashOfFields(item.fields))
        }
      }
    }
  }
  reportLabels(rules, labels, reportOf)
  return { name, rules, hashes, labels, options, diagnostics }
}

/** What a refused rule would have needed is of no interest. */
function withdrawNotYet(diagnostics: Diagnostic[], first: number): void {
  const kept = diagnostics.splice(first).filter(diagnostic => diagnostic.severity !== 'not yet')
  diagnostics.push(...kept)
}

function parseRule(block: RuleBlock, report: RuleReport): RuleDefinition | OptionsDefinition | undefined {
  const typeName = block.fields.get('type')
  if (typeName === undefined) {
    report.error(`Keyword 'type' missing; expected ${TYPE_NAMES}`)
    return undefined
  }
  const syntax = findSyntax(typeName, block, report)
  if (syntax === undefined || !hasItsKeywords(block, syntax, typeName, report)) return undefined
  return syntax.parse(block, report)
}

const TYPE_NAMES = Object.keys(ruleSyntaxes).join(', ')
const SYNTAXES = new Map(Object.entries(ruleSyntaxes).map(([name, syntax]) => [name.toLowerCase(), syntax]))

function findSyntax(
  typeName: string,
  block: RuleBlock,
  report: RuleReport
): RuleSyntax<RuleDefinition | OptionsDefinition> | undefined {
  const [, name = '', number] = /^([^]*?[^0-9])([0-9]*)$/.exec(typeName.toLowerCase()) ?? []
  const numbered = SYNTAXES.get(name)
  const plain = SYNTAXES.get(typeName.toLowerCase())
  if (typeof plain === 'object') return plain
  if (typeof numbered !== 'function') {
    report.error(`Invalid rule type ${upperCase(typeName)}; expected ${TYPE_NAMES}`)
    return undefined
  }
  const count = number === '' ? 1 : Number(number)
  if (count === 0) {
    report.error(`Invalid rule type ${upperCase(typeName)} (N must be at least 1 for EventGroupN rule)`)
    return undefined
  }
  // Each member needs fields of its own: what has more members than fields is refused, however many they are.
  return numbered(Math.min(count, Math.max(block.fields.size, 1000)))
}

/** Whether all that it needs is there and nothing else is. */
function hasItsKeywords(
  { fields }: RuleBlock,
  syntax: RuleSyntax<unknown>,
  typeName: string,
  report: RuleReport
): boolean {
  const type = upperCase(typeName)
  const missing = syntax.keywords.filter(keyword => keyword.required && !fields.has(keyword.name))
  for (const { name } of missing) report.error(`Keyword '${name}' missing (needed for ${type} rule)`)
  const allowed = new Set(['type', ...syntax.keywords.map(keyword => keyword.name)])
  const illegal = [...fields.keys()].filter(keyword => !allowed.has(keyword))
  for (const name of illegal) {
    report.error(
      `Keyword '${name}' illegal (not allowed for ${type} rule); expected ${[...allowed].slice(0, 20).join(', ')}`
    )
  }
  return missing.length === 0 && illegal.length === 0
}

/** As Perl's `uc` does it with bytes: ASCII letters only. */
function upperCase(text: string): string {
  return text.replace(/[a-z]/g, letter => letter.toUpperCase())
}
