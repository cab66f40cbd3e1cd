import { glob } from '../adapters/glob.ts'
import type { SecLogSettings } from '../adapters/log/sec-log.ts'
import type { InputSpec, InputsOptions } from '../adapters/sec-inputs/inputs.ts'
import { parseInputOption } from '../config/input-option.ts'
import type { SecOptions } from '../config/schema.ts'
import type { CorrelatorSettings } from '../plugin/core.ts'
import type { LogLevel } from '../plugin/host.ts'

/** A longer line is cut; a longest line keeps a broken writer from filling our memory. */
const MAX_LINE_BYTES = 16 << 20

/** The inputs that `--input` names, each once; of several contexts for one the last counts. */
export function inputSpecs(options: SecOptions): InputSpec[] {
  const specs = new Map<string, InputSpec>()
  for (const { pattern, context } of options.input.map(parseInputOption)) {
    for (const path of glob(pattern)) specs.set(path, context === undefined ? { path } : { path, context })
  }
  return [...specs.values()]
}

/** The parts of SEC's options that each part of the program takes. */
export function inputsOptions(options: SecOptions): Omit<InputsOptions, 'log'> {
  return {
    tail: options.tail,
    fromStart: options.fromstart,
    blockSize: options.blocksize,
    reopenTimeout: options.reopenTimeout,
    checkTimeout: options.checkTimeout,
    rwFifo: options.rwfifo,
    maxLineBytes: MAX_LINE_BYTES
  }
}

/** An input with a context of its own needs the internal contexts. */
export function correlatorSettings(options: SecOptions): CorrelatorSettings {
  return {
    bufferSize: options.bufsize,
    jointBuffer: options.jointbuf ?? undefined,
    eventStoreSize: options.evstoresize,
    cleanTime: options.cleantime,
    internalContexts:
      options.intcontexts || options.input.some(value => parseInputOption(value).context !== undefined),
    quoting: options.quoting
  }
}

export function logSettings(options: SecOptions): SecLogSettings {
  return { level: options.debug as LogLevel, file: options.log, syslog: options.syslog }
}
