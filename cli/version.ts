import { createRequire } from 'node:module'

const packageDescription = createRequire(import.meta.url)('correlog/package.json') as {
  readonly version: string
}

/** correlog's own version. */
export const version: string = packageDescription.version

/** How the first line of the log names us, in the place of SEC's `SEC (Simple Event Correlator) 2.9.4`. */
export const banner = `correlog (Simple Event Correlator) ${version}`
