package POSIX;

# What rules use of POSIX, in Perl: the WebAssembly Perl has no compiled modules. Local time is asked for, as the module's
# own C library knows UTC only.

use strict;
use warnings;
use Errno ();

our $VERSION = '2.23';

my @TIME = qw(asctime ctime difftime gmtime localtime mktime strftime time tzname);
my @MATH = qw(acos asin atan ceil cosh floor fmod fmax fmin frexp ldexp log10 modf pow round sinh tan tanh trunc lround cbrt log2);
my @CTYPE = qw(isalnum isalpha isdigit isspace isupper islower ispunct isxdigit tolower toupper toascii);
my @TEXT = qw(strtol strtod strtoul strstr abs);
my @PROCESS = qw(getpid getppid isatty uname _exit);
my @OTHERS = qw(setlocale localeconv strerror errno);
my @LIMITS  = qw(INT_MAX INT_MIN UINT_MAX LONG_MAX LONG_MIN ULONG_MAX DBL_MAX DBL_MIN DBL_EPSILON FLT_MAX FLT_MIN CHAR_BIT PATH_MAX);
my @LOCALES = qw(LC_ALL LC_COLLATE LC_CTYPE LC_MESSAGES LC_MONETARY LC_NUMERIC LC_TIME);
my @STATUS  = qw(EXIT_SUCCESS EXIT_FAILURE);
my @SIGNALS = qw(SIGHUP SIGINT SIGQUIT SIGKILL SIGALRM SIGTERM SIGUSR1 SIGUSR2 SIGCHLD SIGPIPE);
my @WAIT    = qw(WNOHANG WUNTRACED WIFEXITED WEXITSTATUS WIFSIGNALED WTERMSIG);
my @ERRORS  = @{ $Errno::EXPORT_TAGS{POSIX} || [] };

our @EXPORT    = (@TIME, @MATH, @TEXT, @PROCESS, @OTHERS, @LIMITS, @LOCALES, @STATUS, @SIGNALS, @ERRORS);
our @EXPORT_OK = (@WAIT, @CTYPE);
our %EXPORT_TAGS = (
    time_h => \@TIME, math_h => \@MATH, ctype_h => \@CTYPE, stdlib_h => [qw(strtol strtod strtoul abs EXIT_SUCCESS EXIT_FAILURE)],
    string_h => [qw(strstr strerror)], unistd_h => \@PROCESS, limits_h => \@LIMITS, float_h => \@LIMITS,
    locale_h => [@LOCALES, qw(setlocale localeconv)], signal_h => \@SIGNALS, sys_wait_h => \@WAIT, errno_h => [@ERRORS, 'errno'],
);

# Builtins are functions of this module too, but are not put in the place of what the caller has.
my %BUILTIN = map { $_ => 1 } qw(gmtime localtime time abs);

sub import {
    my ($class, @names) = @_;
    my $caller = caller;
    @names = @EXPORT unless @names;
    for my $name (map { /^:(\w+)$/ ? @{ $EXPORT_TAGS{$1} || die "\"$1\" is not exported by the POSIX module\n" } : $_ } @names) {
        next if $BUILTIN{$name};
        no strict 'refs';
        my $code = defined &{"POSIX::$name"} ? \&{"POSIX::$name"} : Errno->can($name);
        next if !defined $code && grep { $_ eq $name } @ERRORS;
        die "\"$name\" is not exported by the POSIX module of correlog's sandboxed Perl; --perl=system has all of it\n" unless defined $code;
        *{"${caller}::$name"} = $code;
    }
}

our $AUTOLOAD;

sub AUTOLOAD {
    my ($name) = $AUTOLOAD =~ /([^:]+)$/;
    die "POSIX::$name is not part of correlog's sandboxed Perl";
}

sub DESTROY { }

# --- time

my @DAYS   = qw(Sunday Monday Tuesday Wednesday Thursday Friday Saturday);
my @MONTHS = qw(January February March April May June July August September October November December);

sub time { return CORE::GLOBAL::time() }
sub gmtime { return CORE::gmtime($_[0]) }
sub localtime { return CORE::GLOBAL::localtime($_[0]) }
sub difftime { return $_[0] - $_[1] }

sub asctime {
    my @t = @_;
    return sprintf "%s %s %2d %02d:%02d:%02d %d\n", substr($DAYS[$t[6] || 0], 0, 3), substr($MONTHS[$t[4]], 0, 3), @t[3, 2, 1, 0], $t[5] + 1900;
}

sub ctime { return asctime(CORE::GLOBAL::localtime($_[0])) }
sub tzname { return map { (Correlog::Overrides::local_time($_))[9] } 1_704_067_200, 1_719_792_000 }

# Days since 1970 of a date of the Gregorian calendar, months beyond a year brought in.
sub days {
    my ($year, $month, $day) = @_;
    $year += floor($month / 12);
    $month %= 12;
    my $y = $month < 2 ? $year - 1 : $year;
    my $era = floor($y / 400);
    my $of_era = $y - 400 * $era;
    my $of_year = int((153 * (($month + 10) % 12) + 2) / 5) + $day - 1;
    return $era * 146097 + $of_era * 365 + int($of_era / 4) - int($of_era / 100) + $of_year - 719468;
}

sub mktime { return mktime_of(@_) || '0 but true' }

sub mktime_of {
    my ($sec, $min, $hour, $mday, $mon, $year, undef, undef, $isdst) = @_;
    my $utc = days($year + 1900, $mon, 1) * 86400 + ($mday - 1) * 86400 + $hour * 3600 + $min * 60 + $sec;
    # What is local time for: the offset before and after, as far as they differ.
    my @guesses = map { $utc - (Correlog::Overrides::local_time($utc + $_))[10] } -86400, 86400;
    my @hits = grep { $_ + (Correlog::Overrides::local_time($_))[10] == $utc } @guesses;
    return $guesses[0] unless @hits;
    if (defined $isdst && $isdst >= 0) {
        my @same = grep { (Correlog::Overrides::local_time($_))[8] == ($isdst ? 1 : 0) } @hits;
        return $same[0] if @same;
    }
    return $hits[0];
}

sub strftime {
    my ($format, @t) = @_;
    my ($sec, $min, $hour, $mday, $mon, $year) = map { $_ || 0 } @t[0 .. 5];
    # As the C library's mini_mktime: fields beyond their range are brought in; days follow from the date.
    my $seconds = days($year + 1900, $mon, 1) * 86400 + ($mday - 1) * 86400 + $hour * 3600 + $min * 60 + $sec;
    my ($s, $m, $h, $day, $month, $y, $wday, $yday) = CORE::gmtime($seconds);
    my $local = mktime_of($s, $m, $h, $day, $month, $y, 0, 0, defined $t[8] ? $t[8] : -1);
    my ($zone, $offset) = (Correlog::Overrides::local_time($local))[9, 10];
    my $week = sub { int(($yday + 7 - (($wday - $_[0]) % 7)) / 7) };
    my ($iso_year, $iso_week) = iso_week($y + 1900, $yday, $wday);
    my $hour12 = $h % 12 || 12;
    my %value; %value = (
        a => sub { substr $DAYS[$wday], 0, 3 }, A => sub { $DAYS[$wday] },
        b => sub { substr $MONTHS[$month], 0, 3 }, B => sub { $MONTHS[$month] }, h => sub { substr $MONTHS[$month], 0, 3 },
        c => sub { sprintf '%s %s %2d %02d:%02d:%02d %d', substr($DAYS[$wday], 0, 3), substr($MONTHS[$month], 0, 3), $day, $h, $m, $s, $y + 1900 },
        C => sub { sprintf '%02d', int(($y + 1900) / 100) }, d => sub { sprintf '%02d', $day },
        D => sub { sprintf '%02d/%02d/%02d', $month + 1, $day, $y % 100 }, e => sub { sprintf '%2d', $day },
        F => sub { sprintf '%d-%02d-%02d', $y + 1900, $month + 1, $day }, g => sub { sprintf '%02d', $iso_year % 100 },
        G => sub { $iso_year }, H => sub { sprintf '%02d', $h }, I => sub { sprintf '%02d', $hour12 },
        j => sub { sprintf '%03d', $yday + 1 }, k => sub { sprintf '%2d', $h }, l => sub { sprintf '%2d', $hour12 },
        m => sub { sprintf '%02d', $month + 1 }, M => sub { sprintf '%02d', $m }, n => sub { "\n" },
        p => sub { $h < 12 ? 'AM' : 'PM' }, P => sub { $h < 12 ? 'am' : 'pm' },
        r => sub { sprintf '%02d:%02d:%02d %s', $hour12, $m, $s, $h < 12 ? 'AM' : 'PM' }, R => sub { sprintf '%02d:%02d', $h, $m },
        s => sub { $local }, S => sub { sprintf '%02d', $s }, t => sub { "\t" }, T => sub { sprintf '%02d:%02d:%02d', $h, $m, $s },
        u => sub { $wday || 7 }, U => sub { sprintf '%02d', $week->(0) }, V => sub { sprintf '%02d', $iso_week },
        w => sub { $wday }, W => sub { sprintf '%02d', $week->(1) },
        x => sub { sprintf '%02d/%02d/%02d', $month + 1, $day, $y % 100 }, X => sub { sprintf '%02d:%02d:%02d', $h, $m, $s },
        y => sub { sprintf '%02d', $y % 100 }, Y => sub { $y + 1900 },
        z => sub { sprintf '%s%02d%02d', $offset < 0 ? '-' : '+', int(abs($offset) / 3600), int(abs($offset) % 3600 / 60) },
        Z => sub { $zone }, '%' => sub { '%' },
    );
    $format =~ s/%([EO]?)(.)/my $code = $value{$2}; defined $code ? $code->() : "%$1$2"/gse;
    return $format;
}

sub iso_week {
    my ($year, $yday, $wday) = @_;
    my $week = int(($yday - ($wday + 6) % 7 + 10) / 7);
    if ($week < 1) { return ($year - 1, weeks($year - 1)) }
    return $week > weeks($year) ? ($year + 1, 1) : ($year, $week);
}

sub weeks {
    my ($year) = @_;
    my $thursday = sub { (days($_[0], 11, 31) + 4) % 7 };    # of 31 December, 0 for Sunday
    return $thursday->($year) == 4 || $thursday->($year - 1) == 3 ? 53 : 52;
}

# --- numbers

sub floor { my $i = int $_[0]; return $i > $_[0] ? $i - 1 : $i }
sub ceil { my $i = int $_[0]; return $i < $_[0] ? $i + 1 : $i }
sub trunc { return int $_[0] }
sub round { return $_[0] < 0 ? -floor(-$_[0] + 0.5) : floor($_[0] + 0.5) }
sub lround { return round($_[0]) }
sub fmod { my ($x, $y) = @_; return $x - $y * int($x / $y) }
sub fmax { return $_[0] > $_[1] ? $_[0] : $_[1] }
sub fmin { return $_[0] < $_[1] ? $_[0] : $_[1] }
sub pow { return $_[0] ** $_[1] }
sub abs { return CORE::abs($_[0]) }
sub log10 { return log($_[0]) / log(10) }
sub log2 { return log($_[0]) / log(2) }
sub cbrt { return $_[0] < 0 ? -((-$_[0]) ** (1 / 3)) : $_[0] ** (1 / 3) }
sub tan { return sin($_[0]) / cos($_[0]) }
sub atan { return atan2($_[0], 1) }
sub asin { return atan2($_[0], sqrt(1 - $_[0] * $_[0])) }
sub acos { return atan2(sqrt(1 - $_[0] * $_[0]), $_[0]) }
sub sinh { return (exp($_[0]) - exp(-$_[0])) / 2 }
sub cosh { return (exp($_[0]) + exp(-$_[0])) / 2 }
sub tanh { return sinh($_[0]) / cosh($_[0]) }
sub modf { my $i = int $_[0]; return ($_[0] - $i, $i) }
sub ldexp { return $_[0] * 2 ** $_[1] }

sub frexp {
    my ($x) = @_;
    return (0, 0) if $x == 0;
    my $e = floor(log(CORE::abs($x)) / log(2)) + 1;
    my $m = $x / 2 ** $e;
    return CORE::abs($m) >= 1 ? ($m / 2, $e + 1) : ($m, $e);
}

sub strtol {
    my ($text, $base) = @_;
    $base = 0 unless defined $base;
    my ($space, $sign, $prefix, $rest) = $text =~ /^(\s*)([-+]?)(0[xX](?=[0-9a-fA-F])|0(?=[0-7]))?(.*)$/s;
    $prefix = '' unless defined $prefix;
    $base = $prefix =~ /x/i ? 16 : $prefix ne '' ? 8 : 10 if $base == 0;
    ($rest, $prefix) = ("$prefix$rest", '') unless $base == 16 && $prefix =~ /x/i || $base == 8 && $prefix eq '0';
    my $number = 0;
    my $digits = length $prefix && $base == 8 ? 1 : 0;
    while ($rest =~ /^([0-9a-zA-Z])/) {
        my $digit = index '0123456789abcdefghijklmnopqrstuvwxyz', lc $1;
        last if $digit >= $base;
        $number = $number * $base + $digit;
        substr $rest, 0, 1, '';
        $digits++;
    }
    my $unparsed = $digits ? length $rest : length $text;
    $number = -$number if $sign eq '-';
    return wantarray ? ($number, $unparsed) : $number;
}

sub strtoul { return strtol(@_) }

sub strtod {
    my ($text) = @_;
    my ($number, $rest) = $text =~ /^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(.*)$/s;
    ($number, $rest) = (0, $text) unless defined $number;
    return wantarray ? ($number + 0, length $rest) : $number + 0;
}

# --- text

sub tolower { return lc $_[0] }
sub toupper { return uc $_[0] }
sub toascii { return chr(ord($_[0]) & 127) }
sub strstr { return index $_[0], $_[1] }
sub isalnum { return $_[0] =~ /^[0-9A-Za-z]+$/ ? 1 : '' }
sub isalpha { return $_[0] =~ /^[A-Za-z]+$/ ? 1 : '' }
sub isdigit { return $_[0] =~ /^[0-9]+$/ ? 1 : '' }
sub isspace { return $_[0] =~ /^[ \t\n\r\f\x0b]+$/ ? 1 : '' }
sub isupper { return $_[0] =~ /^[A-Z]+$/ ? 1 : '' }
sub islower { return $_[0] =~ /^[a-z]+$/ ? 1 : '' }
sub ispunct { return $_[0] =~ /^[!-\/:-@[-`{-~]+$/ ? 1 : '' }
sub isxdigit { return $_[0] =~ /^[0-9A-Fa-f]+$/ ? 1 : '' }

# --- the process

sub getpid { return $$ }
sub getppid { return 1 }
sub isatty { return '' }
sub errno { return $! + 0 }
sub strerror { local $! = $_[0]; return "$!" }
sub setlocale { return defined $_[1] && $_[1] !~ /^(?:C|POSIX|)$/ ? undef : 'C' }
sub localeconv { return { decimal_point => '.' } }
sub uname { return ('Linux', 'localhost', '', '', 'wasm32') }
sub _exit { exit $_[0] }

sub WNOHANG () { 1 }
sub WUNTRACED () { 2 }
sub WIFEXITED { return ($_[0] & 127) == 0 }
sub WEXITSTATUS { return $_[0] >> 8 & 255 }
sub WIFSIGNALED { return ($_[0] & 127) != 0 }
sub WTERMSIG { return $_[0] & 127 }

sub EXIT_SUCCESS () { 0 }
sub EXIT_FAILURE () { 1 }
sub INT_MAX () { 2147483647 }
sub INT_MIN () { -2147483648 }
sub UINT_MAX () { 4294967295 }
sub LONG_MAX () { 9223372036854775807 }
sub LONG_MIN () { -9223372036854775807 - 1 }
sub ULONG_MAX () { 18446744073709551615 }
sub DBL_MAX () { 1.7976931348623157e308 }
sub DBL_MIN () { 2.2250738585072014e-308 }
sub DBL_EPSILON () { 2.220446049250313e-16 }
sub FLT_MAX () { 3.4028234663852886e38 }
sub FLT_MIN () { 1.1754943508222875e-38 }
sub CHAR_BIT () { 8 }
sub PATH_MAX () { 4096 }

sub LC_CTYPE () { 0 }
sub LC_NUMERIC () { 1 }
sub LC_TIME () { 2 }
sub LC_COLLATE () { 3 }
sub LC_MONETARY () { 4 }
sub LC_MESSAGES () { 5 }
sub LC_ALL () { 6 }

sub SIGHUP () { 1 }
sub SIGINT () { 2 }
sub SIGQUIT () { 3 }
sub SIGKILL () { 9 }
sub SIGUSR1 () { 10 }
sub SIGUSR2 () { 12 }
sub SIGPIPE () { 13 }
sub SIGALRM () { 14 }
sub SIGTERM () { 15 }
sub SIGCHLD () { 17 }

1;
