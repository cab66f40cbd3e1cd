package OptionValues;

# Loaded before SEC (perl -MOptionValues sec ...): writes what each of its options came to, one "name value" a record,
# to the file that OPTION_VALUES names, when SEC ends.
use strict;
use warnings;
use Getopt::Long ();

my %values;
{
    no warnings 'redefine';
    my $original = \&Getopt::Long::GetOptions;
    *Getopt::Long::GetOptions = sub (@) {
        my %given = @_;
        for my $key (keys %given) {
            (my $name = $key) =~ s/[|=!:+].*//s;
            $values{$name} = $given{$key};
        }
        goto &$original;
    };
}

END {
    open my $file, '>', $ENV{OPTION_VALUES} or die "OptionValues: $ENV{OPTION_VALUES}: $!";
    for my $name (sort keys %values) {
        my $value = $values{$name};
        next if ref $value eq 'CODE';
        my @all = ref $value eq 'ARRAY' ? @$value : ref $value eq 'REF' ? @$$value : $$value;
        print $file join("\1", $name, map { $_ // 'undef' } @all), "\0";
    }
}

1;
