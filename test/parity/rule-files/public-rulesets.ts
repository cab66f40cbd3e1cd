import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { loadRuleFiles } from '../../../plugin/rules/rule-set.ts'
import { perlLoader } from '../../../plugin/perl/source.ts'
import { observedPerl } from '../../helpers/wasm-perl.ts'
import { sharedDirectory } from '../sec/find.ts'
import { testOnly } from './sec-testonly.ts'

/** What loading a rule file comes to. Lines are those where the rules begin; malformed lines count as refused. */
export interface FileVerdict {
  readonly status: number | null
  readonly rules: number
  readonly refused: readonly number[]
}

const directory = join(sharedDirectory, 'rulesets')

/** The public rule files beside the project, by name; none where they are missing. */
export function publicRulesets(): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const name of listFiles()) found.set(name, readFileSync(join(directory, name), 'latin1'))
  return found
}

function listFiles(): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter(name => /\.(?:sec|sr)$/.test(name) && statSync(join(directory, name)).isFile())
      .sort()
  } catch {
    return []
  }
}

export function verdictOfSec(sec: string, text: string): FileVerdict {
  const { status, entries, errors } = testOnly(sec, [text])
  return { status, rules: loadedRules(entries[0] ?? []), refused: linesOf(errors) }
}

export function ourVerdict(text: string): FileVerdict & { readonly notYet: readonly number[] } {
  const { files, log, faulty } = loadRuleFiles([{ name: 'rules0', text }], {
    perl: perlLoader(observedPerl().host)
  })
  const diagnostics = files[0]?.diagnostics ?? []
  return {
    status: faulty ? 1 : 0,
    rules: files[0]?.rules.length ?? 0,
    refused: linesOf(log.filter(entry => entry.level === 2).map(entry => entry.message)),
    notYet: [...new Set(diagnostics.filter(({ severity }) => severity === 'not yet').map(({ line }) => line))]
  }
}

function loadedRules(entries: readonly string[]): number {
  return Number(entries.map(entry => /^(\d+) rules loaded/.exec(entry)?.[1]).find(Boolean) ?? 0)
}

function linesOf(messages: readonly string[]): number[] {
  const lines = messages.map(message => /^(?:Rule in )?rules0 (?:at )?line (\d+)/.exec(message)?.[1])
  return [...new Set(lines.filter(line => line !== undefined).map(Number))]
}
