import type { PerlArgument, PerlCall, PerlHost, PerlMatch, PerlOutcome } from '../../../plugin/perl/host.ts'
import type { ParityCase } from '../case.ts'

/** Where rules hold Perl code, and what may come of a call. */
const MATCHED = ['one value', 'values', 'hash', 'no match', 'error']
const TESTED = ['true', 'false', 'error']
const ASSIGNED = ['one value', 'undefined', 'nothing', 'error']
export const PERL_FORMS: Readonly<Record<string, readonly string[]>> = {
  PerlFunc: MATCHED,
  NPerlFunc: MATCHED,
  '=( )': TESTED,
  '->': TESTED,
  ':>': TESTED,
  egpattern: TESTED,
  eval: [...ASSIGNED, 'reference'],
  call: ASSIGNED,
  'lcall ->': ASSIGNED,
  'lcall :>': ASSIGNED
}

/** How often each form of Perl code has run with each outcome, and in how many cases. */
export class PerlCoverage {
  readonly #calls = new Map<string, number>()
  readonly #cases = new Map<string, Set<ParityCase>>()

  /** A Perl that does what another does, and notes it for a case. */
  watch(host: PerlHost, parityCase: ParityCase): PerlHost {
    const note = <Outcome extends PerlOutcome<unknown>>(
      form: string,
      outcome: Outcome,
      kind: (value: Extract<Outcome, { ok: true }>['value']) => string
    ): Outcome => {
      const name = `${form}: ${outcome.ok ? kind(outcome.value) : 'error'}`
      this.#calls.set(name, (this.#calls.get(name) ?? 0) + 1)
      this.#cases.set(name, (this.#cases.get(name) ?? new Set()).add(parityCase))
      return outcome
    }
    const negated = negatedCode(parityCase)
    const codes = new Map<number, string>()
    return {
      get life() {
        return host.life
      },
      get memory() {
        return host.memory
      },
      compile(text, which) {
        const outcome = host.compile(text, which)
        if (outcome.ok) codes.set(outcome.value.number, text)
        return outcome
      },
      forgetCode: () => host.forgetCode(),
      test: (code, call) => note(testForm(call), host.test(code, call), truth),
      match(code, call, isKept) {
        const form = negated.has(codes.get(code.number) ?? '') ? 'NPerlFunc' : 'PerlFunc'
        return note(form, host.match(code, call, isKept), matchKind)
      },
      assign(code, call) {
        const form = 'reference' in code ? 'call' : `lcall ${operator(call)}`
        return note(form, host.assign(code, call), assignmentKind)
      },
      evaluateTest: text => note('=( )', host.evaluateTest(text), truth),
      evaluate: text => note('eval', host.evaluate(text), assignmentKind),
      serve: contexts => host.serve(contexts),
      release: references => host.release(references)
    }
  }

  /** Each form with each outcome, as text: in how many calls and how many cases. */
  counts(): [name: string, calls: number, cases: number][] {
    return Object.entries(PERL_FORMS)
      .flatMap(([form, kinds]) => kinds.map(kind => `${form}: ${kind}`))
      .map(name => [name, this.#calls.get(name) ?? 0, this.#cases.get(name)?.size ?? 0])
  }
}

/** Code that is the function of NPerlFunc patterns; generated rules have it in no others. */
function negatedCode({ files }: ParityCase): Set<string> {
  const found = files.flatMap(({ text }) => [...text.matchAll(/^ptype\d*=NPerlFunc\d*\npattern\d*=(.*)$/gm)])
  return new Set(found.map(([, code = '']) => code))
}

function testForm(call: PerlCall): string {
  return call.arguments.some(each => typeof each === 'object' && 'list' in each)
    ? 'egpattern'
    : operator(call)
}

/** `->` passes strings only. */
function operator({ arguments: given }: PerlCall): string {
  return given.every((each: PerlArgument) => typeof each === 'string') ? '->' : ':>'
}

function truth(value: boolean): string {
  return String(value)
}

function matchKind(match: PerlMatch | undefined): string {
  if (match === undefined) return 'no match'
  const names = Object.keys(match.variables)
  // A hash may have numbers for names, too, but none of the generated ones has nothing else.
  if (names.length === 0 || names.some(name => !/^\d+$/.test(name))) return 'hash'
  return names.length === 1 ? 'one value' : 'values'
}

type Assignment = Extract<ReturnType<PerlHost['evaluate']>, { ok: true }>['value']

function assignmentKind(assignment: Assignment): string {
  if (!assignment.isSet) return 'nothing'
  if (assignment.value === undefined) return 'undefined'
  return typeof assignment.value === 'object' ? 'reference' : 'one value'
}
