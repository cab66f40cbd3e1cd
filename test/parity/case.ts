/** One question to SEC and to us: these rules over this timeline, with these options. All texts are byte strings (latin1). */
export interface ParityCase {
  readonly files: readonly RuleFile[]
  /** Perl modules beside them. */
  readonly modules?: readonly RuleFile[]
  readonly timeline: string
  readonly options: ParityOptions
}

export interface RuleFile {
  readonly name: string
  readonly text: string
}

/** The options of `correlog replay`, and the time zone. What is left out is not given on the command line. */
export interface ParityOptions {
  /** Default `UTC`. */
  readonly timeZone?: string
  /** Default 0, as `replay` has it. */
  readonly cleantime?: number
  /** `NAME` or `NAME=CONTEXT`. Lines without a source come from `-`. */
  readonly inputs?: readonly string[]
  readonly bufsize?: number
  readonly jointbuf?: boolean
  readonly intevents?: boolean
  readonly intcontexts?: boolean
  /** Programs are run and waited for; without it the rules of a case must start none. */
  readonly runPrograms?: boolean
}

/** What a run wrote. */
export interface ParityOutput {
  readonly stdout: string
  /** Files that the rules wrote in the directory that they ran in. */
  readonly files: Readonly<Record<string, string>>
}

export function sameOutput(a: ParityOutput, b: ParityOutput): boolean {
  return a.stdout === b.stdout && describeFiles(a) === describeFiles(b)
}

function describeFiles({ files }: ParityOutput): string {
  return JSON.stringify(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)))
}
