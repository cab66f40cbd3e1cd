import convict from 'convict'

/** What a value of an option may be. */
export interface OptionFormat {
  /** What the command line has: `flag` knows its `no` form, `switch` does not, the others have a value. */
  readonly syntax: 'flag' | 'switch' | 'text' | 'integer' | 'extended integer' | 'real'
  /** May be given several times; the values are kept in order. */
  readonly list?: true
  /** SEC's words for what the option requires. */
  readonly requirement?: string
  readonly accepts: (value: unknown) => boolean
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

/** The formats of SEC's options by name, each known to convict. */
const optionFormats = {
  flag: { syntax: 'flag', accepts: isBoolean },
  switch: { syntax: 'switch', accepts: isBoolean },
  text: { syntax: 'text', requirement: 'a non-empty value', accepts: isText },
  texts: {
    syntax: 'text',
    list: true,
    requirement: 'a non-empty value',
    accepts: value => Array.isArray(value) && value.every(isText)
  },
  count: {
    syntax: 'integer',
    requirement: 'a non-negative value',
    accepts: value => isNumber(value) && value >= 0
  },
  'positive count': {
    syntax: 'integer',
    requirement: 'a positive value',
    accepts: value => isNumber(value) && value > 0
  },
  seconds: {
    syntax: 'real',
    requirement: 'a non-negative value',
    accepts: value => isNumber(value) && value >= 0
  },
  perl: {
    syntax: 'text',
    requirement: 'wasm, system or off',
    accepts: value => value === 'wasm' || value === 'system' || value === 'off'
  },
  'log level': {
    syntax: 'integer',
    requirement: 'a value from range 1..6',
    accepts: value => isNumber(value) && value >= 1 && value <= 6
  },
  'file mode': {
    syntax: 'extended integer',
    requirement: 'a value from range 0..0777',
    accepts: value => isNumber(value) && value >= 0 && value <= 0o777
  }
} as const satisfies Readonly<Record<string, OptionFormat>>

export type OptionFormatName = keyof typeof optionFormats

/** The widened type, so that fields that only some formats have can be asked for. */
export function optionFormat(name: OptionFormatName): OptionFormat {
  return optionFormats[name]
}

for (const name of Object.keys(optionFormats) as OptionFormatName[]) {
  const { accepts, requirement = 'true or false' } = optionFormat(name)
  convict.addFormat({
    name,
    validate(value: unknown) {
      if (!accepts(value)) throw new Error(`expected ${requirement}`)
    }
  })
}
