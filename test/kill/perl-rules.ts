import { records, type Workload } from './workload.ts'

/**
 * Rules for the records of `workload.ts` that remember in Perl what they count: in closures, package variables, references
 * in action list variables, and what entries of the match cache refer to. Each alert has the counts in it, so that one
 * record lost or counted twice changes all that come after it.
 */
const PERL_RULES = `# In closures and package variables, one alert in ten.
type=Single
ptype=PerlFunc
pattern=do { my $lines = 0; sub { \\
  my ($user, $host) = $_[0] =~ /login failed for (\\S+) from (\\S+)/ or return; \\
  my $count = { user => $user, n => ++$lines, of => ++$failures{$user}{$host} }; \\
  push @{$recent{$user}}, $host; shift @{$recent{$user}} if @{$recent{$user}} > 3; \\
  $count->{recent} = $recent{$user}; return $count } }
varmap=failure
continue=TakeNext
context=failure :> ( sub { $_[0]{n} % 10 == 0 and $_[0]{hosts} = join "+", @{$_[0]{recent}} } )
desc=failures of $+{user}
action=alert $+{n}: $+{user} failed $+{of} times, lately from $+{hosts}

# A function in a variable, made anew now and then from what the one before knows.
type=Single
ptype=PerlFunc
pattern=sub { $_[0] =~ /session (\\d+) opened/ ? ($1, $made++ % 50 == 0 ? "new" : "") : () }
continue=TakeNext
desc=session $1
action=lcall %new $2 -> ( sub { $_[0] eq "new" } ); \\
  if %new ( eval %sum ( my $sum = $last; sub { $last = $sum += $_[0] % 7 } ) ); \\
  call %told %sum $1; alert session $1 makes it %told

# What an expiring context tells is from Perl.
type=Single
ptype=RegExp
pattern=login failed for \\S+ from (\\S+)
desc=quiet
action=create QUIET_$1 30 ( lcall %quiet $1 -> ( sub { ++$quiet{$_[0]} } ); alert $1 was quiet for the %quiet. time )
`

export const PERL_WORKLOAD: Workload = { files: [{ name: 'rules.sec', text: PERL_RULES }], records }
