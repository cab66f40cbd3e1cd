import { createRequire } from 'node:module'

const packageDescription = createRequire(import.meta.url)('correlog/package.json') as {
  readonly version: string
}

/** correlog's own version. */
export const version: string = packageDescription.version
