import { version } from '../compose/version.ts'

export { version }

/** How the first line of the log names us, in the place of SEC's `SEC (Simple Event Correlator) 2.9.4`. */
export const banner = `correlog (Simple Event Correlator) ${version}`
