#!/usr/bin/perl
# Records what the machine's perl makes of patterns: reads JSON [{"pattern": "...", "subjects": ["...", ...]}, ...] from
# standard input, characters being bytes, and writes [{"error"|"warnings", "results"}, ...]. A result is null for no match, else the
# captures, index 0 being the whole match. A case with "bytes" instead of "subjects" is tried on each of the 256 bytes alone,
# and "matched" is the list of those that match, as hexadecimal ranges.
#
#     perl record.pl < constructs.json > constructs.recorded.json
#     perl record.pl < bytes.json > bytes.recorded.json
#
# The formatter wants to see the files afterwards.
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

sub ranges {
  my ($re) = @_;
  my @ranges;
  for my $byte (grep { chr($_) =~ $re } 0 .. 255) {
    if (@ranges && $ranges[-1][1] == $byte - 1) { $ranges[-1][1] = $byte }
    else { push @ranges, [$byte, $byte] }
  }
  return join ' ', map { $_->[0] == $_->[1] ? sprintf('%02x', $_->[0]) : sprintf('%02x-%02x', @$_) } @ranges;
}

sub record {
  my ($pattern, $subjects) = @_;
  @warnings = ();
  my $re = eval { qr/$pattern/ };
  return { error => message($@), warnings => [@warnings] } if $@;
  my @compile_warnings = @warnings;
  return { warnings => \@compile_warnings, matched => ranges($re) } if !$subjects;
  my @results;
  for my $subject (@$subjects) {
    my $result = undef;
    my $died = !eval {
      if ($subject =~ $re) {
        $result = [map { defined $-[$_] && defined $+[$_] ? substr($subject, $-[$_], $+[$_] - $-[$_]) : undef } 0 .. $#+];
      }
      1;
    };
    push @results, $died ? "died" : $result;
  }
  return { warnings => \@compile_warnings, results => \@results };
}

my $json = JSON::PP->new->ascii->canonical;
my $cases = $json->decode(do { local $/; <STDIN> });
for my $case (@$cases) {
  # A string that JSON decoded may be marked as characters; rules are bytes.
  utf8::downgrade($_) for $case->{pattern}, @{ $case->{subjects} // [] };
}
print "[\n", join(",\n", map { $json->encode(record($_->{pattern}, $_->{subjects})) } @$cases), "\n]\n";
