# What the WebAssembly Perl lacks or does otherwise, by questions to the rules' side. Loaded before any code of rules is
# compiled, which binds these names then.

package Correlog::Overrides;

use strict;
use warnings;

# It knows no time zone but UTC.
sub local_time {
    my $seconds = @_ && defined $_[0] ? int $_[0] : $Correlog::Driver::now;
    return Correlog::Driver::ask('localtime', $seconds);
}

my @DAYS   = qw(Sun Mon Tue Wed Thu Fri Sat);
my @MONTHS = qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec);

# It starts no programs. The first answer is the status, as in $?, the second a reason, the third what was printed.
sub run {
    my ($status, $error, $output) = Correlog::Driver::ask('run', @_);
    $? = $status;
    $! = $error if $error ne '';
    return $output;
}

BEGIN {
    no warnings 'once';
    *CORE::GLOBAL::localtime = sub (;$) {
        my @time = (local_time(@_))[0 .. 8];
        return @time if wantarray;
        return sprintf '%s %s %2d %02d:%02d:%02d %d', $DAYS[$time[6]], $MONTHS[$time[4]], @time[3, 2, 1, 0], $time[5] + 1900;
    };
    *CORE::GLOBAL::system = sub { run('system', @_); return $? };
    *CORE::GLOBAL::readpipe = sub {
        my $output = run('output', @_ ? $_[0] : $_);
        return if $? == -1;
        return $output if !wantarray;
        return $output =~ /[^\n]*\n|[^\n]+\z/g;
    };
}

1;
