#!/usr/bin/perl
# Records what the machine's perl makes of patterns: reads JSON [{"pattern": "...", "subjects": ["...", ...]}, ...] from
# standard input, characters being bytes, and writes [{"error"|"warnings", "results"}, ...]. A result is null for no match, else the
# captures, index 0 being the whole match. Usage: perl record.pl < cases.json > recorded.json
use strict;
use warnings;
use JSON::PP;

my @warnings;
$SIG{__WARN__} = sub { push @warnings, message($_[0]) };

sub message {
  my ($text) = @_;
  $text =~ s/ at \S+ line \d+(?:, <STDIN> (?:line|chunk) \d+)?\.?\n?\z//;
  return $text;
}

sub record {
  my ($pattern, @subjects) = @_;
  @warnings = ();
  my $re = eval { qr/$pattern/ };
  return { error => message($@), warnings => [@warnings] } if $@;
  my @compile_warnings = @warnings;
  my @results;
  for my $subject (@subjects) {
    my $result = undef;
    my $died = !eval {
      local $SIG{ALRM} = sub { die "timeout\n" };
      alarm 5;
      if ($subject =~ $re) {
        $result = [map { defined $-[$_] && defined $+[$_] ? substr($subject, $-[$_], $+[$_] - $-[$_]) : undef } 0 .. $#+];
      }
      alarm 0;
      1;
    };
    alarm 0;
    push @results, $died ? "died" : $result;
  }
  return { warnings => \@compile_warnings, results => \@results };
}

my $json = JSON::PP->new->ascii->canonical;
my $cases = $json->decode(do { local $/; <STDIN> });
for my $case (@$cases) {
  # A string that JSON decoded may be marked as characters; rules are bytes.
  utf8::downgrade($_) for $case->{pattern}, @{ $case->{subjects} };
}
print "[\n", join(",\n", map { $json->encode(record($_->{pattern}, @{ $_->{subjects} })) } @$cases), "\n]\n";
