#!/usr/bin/env perl
# Records what Perl's localtime and strftime say, for local-times.json. Run it with the tzdata release that
# adapters/bundled-zones.data.ts holds:
#   TZDIR=DIRECTORY perl test/plugin/time/record-local-times.pl > test/plugin/time/local-times.json
use strict;
use warnings;
use POSIX ();
use Time::Local ();

my @zones = qw(
    Europe/Berlin Europe/London Europe/Dublin Europe/Moscow America/New_York America/Sao_Paulo America/St_Johns
    Asia/Kolkata Asia/Kathmandu Asia/Gaza Australia/Lord_Howe Africa/Casablanca Africa/Monrovia Pacific/Apia
    Pacific/Chatham Antarctica/Troll EST5EDT CET Factory Etc/GMT+12 UTC
);
my @strings = (
    'CET-1CEST,M3.5.0,M10.5.0/3', 'EST5EDT,M3.2.0,M11.1.0', '<+03>-3', '<-03>3<-02>,M3.5.0/-2,M10.5.0/-1',
    'IST-1GMT0,M10.5.0,M3.5.0/1', 'NZST-12NZDT,M9.5.0,M4.1.0/3', '<+1030>-10:30<+11>-11,M10.1.0,M4.1.0',
    'EET-2EEST,M3.4.4/50,M10.4.4/50', 'AAA3BBB,J60,J300', 'AAA3BBB,59,299', 'AAA-3BBB,0/0,J365/23',
    'XXX3EDT4,0/0,J365/23', 'ABC+25', 'ABC24:59:60', 'ABC0:00:30', 'ABC-0:00:30DEF-1:10:10,M1.1.0/0,M12.5.6/24',
    'ABC12DEF-12,M1.1.1/-100,M12.5.5/100', 'Foo5', 'Foo', 'Foo/Bar', 'AB3', '', ':Foo5', ':UTC', '<+01>-0:59:30',
);
my @zone_years = (1883, 1911, 1916, 1945, 1970, 1986, 1999, 2007, 2011, 2016, 2026, 2037, 2038, 2073, 2099);
my @string_years = (1969, 1972, 2026, 2028, 2099, 2100);

my $root = $ENV{TZDIR} // '/usr/share/zoneinfo';
open(my $zi, '<', "$root/tzdata.zi") or die "$root/tzdata.zi: $!\n";
my ($release) = <$zi> =~ /^# version (\S+)/ or die "$root/tzdata.zi: no version on its first line\n";

print qq({\n  "release": "$release",\n);
print qq(  "zones": {\n), join(",\n", map { recorded($_, @zone_years) } @zones), "\n  },\n";
print qq(  "strings": {\n), join(",\n", map { recorded($_, @string_years) } @strings), "\n  }\n}\n";

# One member: the zone and its lines "seconds|scalar localtime|yday|isdst|%Z|%z".
sub recorded {
    my ($tz, @years) = @_;
    $ENV{TZ} = $tz;
    POSIX::tzset();
    my @lines = map { line($_) } map { instants($_) } @years;
    return qq(    "$tz": [\n) . join(",\n", map { qq(      "$_") } @lines) . "\n    ]";
}

# A leap-year-proof middle of the winter, and both sides of each change in the year.
sub instants {
    my ($year) = @_;
    my $start = Time::Local::timegm_modern(0, 0, 0, 1, 0, $year);
    my @found = ($start + 59 * 86_400);
    for (my $t = $start; $t < $start + 366 * 86_400; $t += 21_600) {
        next if kind($t) eq kind($t + 21_600);
        my ($low, $high) = ($t, $t + 21_600);
        while ($high - $low > 1) {
            my $middle = int(($low + $high) / 2);
            if (kind($middle) eq kind($low)) { $low = $middle } else { $high = $middle }
        }
        push @found, $low, $high;
    }
    return sort { $a <=> $b } @found;
}

sub kind {
    my ($t) = @_;
    my @lt = localtime($t);
    return join '|', $lt[8], Time::Local::timegm_modern(@lt[0 .. 4], $lt[5] + 1900) - $t;
}

sub line {
    my ($t) = @_;
    my @lt = localtime($t);
    my $offset = Time::Local::timegm_modern(@lt[0 .. 4], $lt[5] + 1900) - $t;
    my ($name, $z) = (POSIX::strftime('%Z', @lt), POSIX::strftime('%z', @lt));
    # strftime finds the offset anew from the broken-down time, and a time that was twice may get the other one.
    my $minutes = int(abs($offset) / 60);
    return () if $z ne sprintf('%s%02d%02d', $offset < 0 ? '-' : '+', int($minutes / 60), $minutes % 60);
    return join '|', $t, scalar(localtime($t)), $lt[7], $lt[8], $name, $z;
}
