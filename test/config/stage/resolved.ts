import { type ConfigurationInputs, resolveConfiguration } from '../../../config/stage/resolve.ts'
import type { StageConfig } from '../../../config/stage/stage-config.ts'
import { parseYamlFile } from '../../../config/stage/yaml-file.ts'

/** What is wrong with a configuration; empty if nothing is. */
export function problemsOf(
  text: string | Buffer,
  inputs: Partial<ConfigurationInputs> = {}
): readonly string[] {
  const result = resolved(text, inputs)
  return 'problems' in result ? result.problems : []
}

/** @throws Error with what is wrong */
export function configOf(text: string | Buffer, inputs: Partial<ConfigurationInputs> = {}): StageConfig {
  const result = resolved(text, inputs)
  if ('problems' in result) throw new Error(result.problems.join('\n'))
  return result.config
}

function resolved(
  text: string | Buffer,
  inputs: Partial<ConfigurationInputs>
): { readonly problems: readonly string[] } | { readonly config: StageConfig } {
  const problems: string[] = []
  const given = parseYamlFile('correlog.yaml', Buffer.from(text as string), problem => problems.push(problem))
  if (problems.length > 0) return { problems }
  return resolveConfiguration({ given, secret: () => 'secret', ...inputs })
}
