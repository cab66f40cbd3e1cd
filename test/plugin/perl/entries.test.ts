import { expect, test } from 'vitest'
import { recordedCorrelator } from '../../helpers/correlation.ts'

/** The function needs no Perl; the numbers are some in Perl, where strings would give another thing for `|`. */
const RULES = `
type=Single
ptype=PerlFunc
pattern=sub { return 0 if $_[0] !~ /^(\\w+) (\\w+)/; return ($1, 5, 8); }
varmap=FOUND; kind=1; number=2
continue=TakeNext
desc=found
action=none

type=Single
ptype=Cached
pattern=FOUND
context=FOUND :> ( sub { return $_[0]->{"kind"} eq "first" } )
continue=TakeNext
desc=first
action=write - first $+{kind}

type=Single
ptype=Cached
pattern=FOUND
context=FOUND :> ( sub { $_[0]{kind} = join("+", $_[0]{kind}, $_[0]{1}, $_[0]{number} | $_[0]{3}); $kept = $_[0]; 1 } )
continue=TakeNext
desc=changed
action=write - changed $:{FOUND:kind}

type=Single
ptype=Cached
pattern=FOUND
context=FOUND :> ( sub { return $_[0]->{"kind"} eq "first" } )
continue=TakeNext
desc=still first
action=write - still first

type=Single
ptype=Cached
pattern=FOUND
context= =( $kept->{kind} = "seen" ) && FOUND :> ( sub { return $_[0]->{"kind"} eq "seen" } )
desc=seen
action=write - seen
`

test('an entry that a function without Perl has made is one hash in Perl as soon as code there gets it', () => {
  const rules = recordedCorrelator(RULES)
  rules.at(0, 'first line', 'second line', 'nothing')
  expect(rules.output).toBe('first first\nchanged first+first+13\nseen\nchanged second+second+13\nseen\n')
})

test('until then code in Perl has not run', () => {
  const [found = '', first = ''] = RULES.trim().split('\n\n')
  const rules = recordedCorrelator(`${found}\n\n${first}`, {}, undefined, { trackChanges: true })
  rules.correlator.changes()
  rules.at(0, ...Array.from({ length: 20 }, () => 'first line'), 'nothing')
  expect(rules.output).toBe('first first\n'.repeat(20))
  const { set } = rules.correlator.changes()
  expect([...set.keys()].filter(key => key.startsWith('perl'))).toEqual([])
})

test('what is kept of an entry is the hash in Perl', () => {
  const [found = '', first = ''] = RULES.trim().split('\n\n')
  const rules = recordedCorrelator(`${found}\n\n${first}`, {}, undefined, { trackChanges: true })
  rules.at(0, 'first line')
  const { set } = rules.correlator.changes()
  expect(JSON.parse(set.get('perl-cache') ?? '')).toEqual({
    bases: [expect.any(Number) as unknown],
    entries: {
      FOUND: {
        base: expect.any(Number) as unknown,
        map: [
          { name: 'kind', number: 1 },
          { name: 'number', number: 2 }
        ]
      }
    }
  })
})
