import type { Fault } from './faults.ts'

/**
 * The text of the fault's file with the fault in it.
 *
 * @throws Error if it does not hold once what the fault replaces.
 */
export function plant({ name, file, edits }: Fault, text: string): string {
  let planted = text
  for (const [found, replacement] of edits) {
    if (planted.split(found).length !== 2)
      throw new Error(`fault '${name}': expected once in ${file}: ${JSON.stringify(found)}`)
    planted = planted.replace(found, () => replacement)
  }
  return planted
}
