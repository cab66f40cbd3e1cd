import { readFileSync } from 'node:fs'
import { glob } from '../adapters/glob.ts'
import { systemErrorText } from '../adapters/system-error.ts'
import type { LogLevel } from '../plugin/host.ts'
import type { Diagnostic, RuleFileDefinition } from '../plugin/rules/definition.ts'
import { parseRuleFile } from '../plugin/rules/parser.ts'

export interface LoadedRuleFiles {
  readonly files: readonly RuleFileDefinition[]
  /** Every file could be read and no rule was refused. */
  readonly faultless: boolean
}

const levels: Readonly<Record<Diagnostic['severity'], LogLevel>> = { error: 2, warning: 3, 'not yet': 3 }

/** Reads the files that the patterns of `--conf` stand for, each once, and logs what SEC logs about them. */
export function loadRuleFiles(
  patterns: readonly string[],
  log: (level: LogLevel, message: string) => void
): LoadedRuleFiles {
  let faultless = true
  const files: RuleFileDefinition[] = []
  for (const name of new Set(patterns.flatMap(glob))) {
    log(4, `Reading configuration from ${name}`)
    let text: string
    try {
      text = readRuleFile(name)
    } catch (error) {
      faultless = false
      log(2, `Can't open configuration file ${name} (${systemErrorText(error)})`)
      continue
    }
    const file = parseRuleFile(name, text)
    for (const { severity, message } of file.diagnostics) {
      if (severity === 'error') faultless = false
      log(levels[severity], message)
    }
    if (file.rules.length > 0) log(6, `${file.rules.length} rules loaded from ${name}`)
    else log(3, `No valid rules found in configuration file ${name}`)
    files.push(file)
  }
  return { files, faultless }
}

/** To SEC a folder is an empty file. */
function readRuleFile(name: string): string {
  try {
    return readFileSync(Buffer.from(name, 'latin1'), 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return ''
    throw error
  }
}
