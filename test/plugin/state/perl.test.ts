import { expect, test } from 'vitest'
import { UTC } from '../../../plugin/time/time-zone.ts'
import { recordedCorrelator, type RecordedCorrelator } from '../../helpers/correlation.ts'
import { applyChanges } from './apply-changes.ts'

const RULES = `
type=Single
ptype=PerlFunc
pattern=do { my $lines = 0; sub { my @f = $_[0] =~ /^(\\w+) (\\w+)$/ or return 0; \\
  return { kind => $f[0], name => $f[1], n => ++$lines, seen => [ ++$seen{$f[1]} ] } } }
varmap=found
continue=TakeNext
desc=count
action=write - $+{name} $+{n}; eval %seen ( $seen{'$+{name}'} ); write - seen %seen

type=Single
ptype=TValue
pattern=TRUE
context=!MADE
continue=TakeNext
desc=a reference is made
action=create MADE; eval %add ( my $sum = 0; sub { $sum += $_[0] } )

type=Single
ptype=RegExp
pattern=^add (\\d+)
context=found :> ( sub { push @{$_[0]{seen}}, "first"; 1 } )
desc=add
action=call %sum %add $1; write - sum %sum; create LATER 3 ( \\
  lcall %deep found :> ( sub { push @{$_[0]{seen}}, "late"; join "+", @{$_[0]{seen}} } ); write - deep %deep )
`

/** Correlators one after the other, each on what the one before had left in its checkpoints. */
class Lives {
  entries: ReadonlyMap<string, string> | undefined
  output = ''
  messages: string[] = []
  current = this.#next()

  at(second: number, ...lines: string[]): void {
    this.current.at(second, ...lines)
    this.entries = applyChanges(this.entries ?? new Map(), this.current.correlator.changes())
  }

  /** Another process takes over. */
  restart(): void {
    this.#take()
    this.current = this.#next()
  }

  end(): string {
    this.#take()
    return this.output
  }

  #take(): void {
    this.output += this.current.output
    this.messages.push(...this.current.messages.map(({ message }) => message))
  }

  #next(): RecordedCorrelator {
    return recordedCorrelator(RULES, {}, UTC, { trackChanges: true, restore: this.entries })
  }
}

const STEPS: readonly (readonly [number, ...string[]])[] = [
  [1, 'add 5', 'see ann'],
  [2, 'see ann', 'add 7'],
  [3],
  [6],
  [7, 'add 8', 'nothing'],
  [12]
]

test('variables, closures, references and entries of the match cache go on over each restart', () => {
  const undisturbed = new Lives()
  const restarted = new Lives()
  for (const step of STEPS) {
    undisturbed.at(...step)
    restarted.at(...step)
    restarted.restart()
  }
  const expected = undisturbed.end()
  expect(expected).toContain('sum 12\n')
  expect(expected).toContain('deep 1+first+late\n')
  expect(restarted.end()).toBe(expected)
  expect(restarted.messages.filter(message => /lost|error/i.test(message))).toEqual([])
})

test('a memory that is damaged is refused in one line, and references are unset', () => {
  const lives = new Lives()
  lives.at(1, 'add 5')
  const entries = new Map(lives.entries)
  entries.delete([...entries.keys()].find(key => /^perl\/\d/.test(key)) ?? '')
  lives.entries = entries
  lives.restart()
  lives.at(2, 'add 6')
  lives.restart()
  const said = lives.messages.filter(message => message.startsWith('What Perl variables held'))
  expect(said).toEqual([
    expect.stringMatching(
      /^What Perl variables held before the restart is lost: its \d+ blocks are not the \d+/
    )
  ])
  expect(lives.messages).toContainEqual("Variable '%add' is not a code reference")
})

test('a Perl that a limit has ended is not part of the state, and what referred to it is unset', () => {
  const lives = new Lives()
  lives.at(1, 'add 5')
  expect([...(lives.entries?.keys() ?? [])].some(key => key.startsWith('perl/'))).toBe(true)
  lives.current.correlator.perl?.evaluate('while (1) {}')
  lives.at(2)
  expect([...(lives.entries?.keys() ?? [])].filter(key => key.startsWith('perl/'))).toEqual([])
  lives.restart()
  expect(lives.current.correlator.variables.get('add')).toBeUndefined()
  expect(lives.messages).not.toContainEqual(expect.stringMatching(/^What Perl variables held/))
})

test('without Perl a state has nothing of it, and loses what it had', () => {
  const plain = recordedCorrelator('', {}, UTC, { trackChanges: true }).correlator
  expect([...plain.changes().set.keys()].filter(key => key.startsWith('perl/'))).toEqual([])
  const lives = new Lives()
  lives.at(1, 'add 5')
  const { correlator } = recordedCorrelator('', {}, UTC, { restore: lives.entries, trackChanges: false })
  expect(correlator.snapshot().has('perl/head')).toBe(false)
})
