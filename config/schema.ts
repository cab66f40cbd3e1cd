import type { OptionFormatName } from './formats.ts'

/** Everything that is known of an option. `convict` reads `doc`, `format`, `default`, `arg` and `nullable`. */
export interface OptionDescription<Value> {
  /** A sentence for `--help` and the manual. */
  readonly doc: string
  readonly format: OptionFormatName
  readonly default: Value
  /** Its name on the command line. */
  readonly arg: string
  /** Other spellings of the name. */
  readonly synonyms?: readonly string[]
  /** What stands for the value in `--help`. */
  readonly value?: string
  readonly nullable?: boolean
  /** SEC has no such option: its name has to be written out, so that SEC's abbreviations mean what they did. */
  readonly beyondSec?: true
  /** Taken with a notice, as its part is still to be built. */
  readonly notYet?: true
}

/** The options of `correlog sec`. Texts are byte strings (latin1); times are seconds. */
export interface SecOptions {
  readonly conf: readonly string[]
  readonly input: readonly string[]
  readonly inputTimeout: number
  readonly timeoutScript: string | null
  readonly reopenTimeout: number
  readonly checkTimeout: number
  readonly pollTimeout: number
  readonly socketTimeout: number
  readonly blocksize: number
  readonly bufsize: number
  readonly evstoresize: number
  readonly cleantime: number
  readonly log: string | null
  readonly syslog: string | null
  readonly debug: number
  readonly pid: string | null
  readonly dump: string
  readonly user: string | null
  readonly group: readonly string[]
  readonly umask: number | null
  readonly ruleperf: boolean
  readonly dumpfts: boolean
  readonly dumpfjson: boolean
  readonly quoting: boolean
  readonly tail: boolean
  readonly fromstart: boolean
  readonly detach: boolean
  /** `null`: not given, so that it depends on the buffers' size. */
  readonly jointbuf: boolean | null
  readonly keepopen: boolean
  readonly rwfifo: boolean
  readonly childterm: boolean
  readonly intevents: boolean
  readonly intcontexts: boolean
  readonly state: string | null
  readonly perl: 'wasm' | 'system' | 'off'
  readonly perlSandbox: boolean
  readonly testonly: boolean
  readonly help: boolean
  readonly version: boolean
}

export type OptionName = keyof SecOptions

type SecSchema = { readonly [Name in OptionName]: OptionDescription<SecOptions[Name]> }

/**
 * The only description of SEC's options: parsing, checks, `--help` and documents are made from it. Their order is
 * SEC's: that of its usage text, in which it also reports bad values.
 */
export const secSchema: SecSchema = {
  conf: {
    doc: 'Read rules from the files that the pattern stands for. May be given several times.',
    format: 'texts',
    default: [],
    arg: 'conf',
    value: 'file pattern'
  },
  input: {
    doc: 'Read events from the files, FIFOs or standard input (-) that the pattern stands for, and set up the context while a line from there is handled. May be given several times.',
    format: 'texts',
    default: [],
    arg: 'input',
    value: 'file pattern>[=<context>]'
  },
  inputTimeout: {
    doc: 'Run the timeout script when an input gave nothing for so many seconds; 0: never.',
    format: 'count',
    default: 0,
    arg: 'input-timeout',
    synonyms: ['input_timeout'],
    value: 'input timeout',
    notYet: true
  },
  timeoutScript: {
    doc: 'The program that --input-timeout runs.',
    format: 'text',
    default: null,
    nullable: true,
    arg: 'timeout-script',
    synonyms: ['timeout_script'],
    value: 'timeout script',
    notYet: true
  },
  reopenTimeout: {
    doc: 'Try to open a closed input again after so many seconds; 0: never.',
    format: 'count',
    default: 0,
    arg: 'reopen-timeout',
    synonyms: ['reopen_timeout'],
    value: 'reopen timeout'
  },
  checkTimeout: {
    doc: 'Leave an input that gave nothing alone for so many seconds; 0: look each time.',
    format: 'count',
    default: 0,
    arg: 'check-timeout',
    synonyms: ['check_timeout'],
    value: 'check timeout'
  },
  pollTimeout: {
    doc: 'Sleep for so many seconds when no input gave anything.',
    format: 'seconds',
    default: 0.1,
    arg: 'poll-timeout',
    synonyms: ['poll_timeout'],
    value: 'poll timeout'
  },
  socketTimeout: {
    doc: 'Give up connecting to a peer after so many seconds.',
    format: 'positive count',
    default: 60,
    arg: 'socket-timeout',
    synonyms: ['socket_timeout'],
    value: 'socket timeout',
    notYet: true
  },
  blocksize: {
    doc: 'Read so many bytes at once from an input.',
    format: 'positive count',
    default: 8192,
    arg: 'blocksize',
    value: 'io block size'
  },
  bufsize: {
    doc: 'Keep so many lines in each input buffer; 0: as many as the patterns of the rules need.',
    format: 'count',
    default: 0,
    arg: 'bufsize',
    value: 'input buffer size'
  },
  evstoresize: {
    doc: 'Keep at most so many events in the event store of a context; 0: no limit.',
    format: 'count',
    default: 0,
    arg: 'evstoresize',
    value: 'event store size'
  },
  cleantime: {
    doc: 'Look after contexts, operations and Calendar rules every so many seconds; 0: after each line.',
    format: 'count',
    default: 1,
    arg: 'cleantime',
    value: 'clean time'
  },
  log: {
    doc: 'Write messages to this file; -: to standard output.',
    format: 'text',
    default: null,
    nullable: true,
    arg: 'log',
    value: 'logfile'
  },
  syslog: {
    doc: 'Send messages to syslog with this facility.',
    format: 'text',
    default: null,
    nullable: true,
    arg: 'syslog',
    value: 'facility'
  },
  debug: {
    doc: 'Log messages up to this level: 1 critical, 2 errors, 3 warnings, 4 notices, 5 programs, 6 everything.',
    format: 'log level',
    default: 6,
    arg: 'debug',
    value: 'debuglevel'
  },
  pid: {
    doc: 'Write the process ID to this file.',
    format: 'text',
    default: null,
    nullable: true,
    arg: 'pid',
    value: 'pidfile'
  },
  dump: {
    doc: 'The file that the signal USR1 writes the state to.',
    format: 'text',
    default: '/tmp/sec.dump',
    arg: 'dump',
    value: 'dumpfile',
    notYet: true
  },
  user: {
    doc: 'Run as this user.',
    format: 'text',
    default: null,
    nullable: true,
    arg: 'user',
    value: 'username',
    notYet: true
  },
  group: {
    doc: 'Run with this group. May be given several times.',
    format: 'texts',
    default: [],
    arg: 'group',
    value: 'groupname',
    notYet: true
  },
  umask: {
    doc: 'Set the file mode creation mask: octal 027, decimal 23, 0x17 or 0b10111.',
    format: 'file mode',
    default: null,
    nullable: true,
    arg: 'umask',
    value: 'mode',
    notYet: true
  },
  ruleperf: {
    doc: 'Measure the time that each rule takes.',
    format: 'flag',
    default: false,
    arg: 'ruleperf',
    notYet: true
  },
  dumpfts: {
    doc: 'Append the time to the name of the dump file.',
    format: 'flag',
    default: false,
    arg: 'dumpfts',
    notYet: true
  },
  dumpfjson: {
    doc: 'Write the dump file as JSON.',
    format: 'flag',
    default: false,
    arg: 'dumpfjson',
    notYet: true
  },
  quoting: {
    doc: 'Put %s in single quotes in the command lines of shellcmd, spawn and cspawn.',
    format: 'flag',
    default: false,
    arg: 'quoting'
  },
  tail: {
    doc: 'Wait for more at the end of the inputs; with --notail correlog ends there.',
    format: 'flag',
    default: true,
    arg: 'tail'
  },
  fromstart: {
    doc: 'Read the inputs from their start, and not only what comes new.',
    format: 'flag',
    default: false,
    arg: 'fromstart'
  },
  detach: {
    doc: 'Become a daemon, with / as working directory.',
    format: 'flag',
    default: false,
    arg: 'detach'
  },
  jointbuf: {
    doc: 'Use one input buffer for all inputs. By default so only with a buffer of one line.',
    format: 'flag',
    default: null,
    nullable: true,
    arg: 'jointbuf'
  },
  keepopen: {
    doc: 'Keep inputs open over the signal ABRT.',
    format: 'flag',
    default: true,
    arg: 'keepopen',
    notYet: true
  },
  rwfifo: {
    doc: "Open FIFOs for writing too, so that a writer's exit is no end.",
    format: 'flag',
    default: true,
    arg: 'rwfifo'
  },
  childterm: {
    doc: 'Send TERM to the programs that run, at the end and on the signal HUP.',
    format: 'flag',
    default: true,
    arg: 'childterm'
  },
  intevents: {
    doc: 'Make events of start, end and signals: SEC_STARTUP, SEC_SHUTDOWN and so on.',
    format: 'flag',
    default: false,
    arg: 'intevents'
  },
  intcontexts: {
    doc: 'Set up a context for each line that names its input.',
    format: 'flag',
    default: false,
    arg: 'intcontexts'
  },
  state: {
    doc: 'Keep contexts, operations, variables and the place in each input file in the folder, and go on from there at the next start; without it all is forgotten at the end.',
    format: 'text',
    default: null,
    nullable: true,
    arg: 'state',
    beyondSec: true,
    value: 'folder'
  },
  perl: {
    doc: "The Perl that runs the code in rules: wasm; system, the machine's own perl, for modules from CPAN, sockets and fork; or off, which refuses such rules.",
    format: 'perl',
    default: 'wasm',
    arg: 'perl',
    beyondSec: true,
    value: 'which'
  },
  perlSandbox: {
    doc: "With --perl=wasm: Perl code reads files only in the folders of the rule files and of PERL5LIB, writes none, runs no programs, sees only the usual environment variables, ends nothing by exit, and is itself ended after a second. Otherwise it may do what SEC's may.",
    format: 'flag',
    default: false,
    arg: 'perl-sandbox',
    beyondSec: true
  },
  testonly: {
    doc: 'Check the rule files and exit: 0 if all rules are right, else 1.',
    format: 'flag',
    default: false,
    arg: 'testonly'
  },
  help: { doc: 'Show this text and exit.', format: 'switch', default: false, arg: 'help', synonyms: ['?'] },
  version: { doc: 'Show the version and exit.', format: 'switch', default: false, arg: 'version' }
}
