# Runs SEC over timelines in virtual time, many runs for one start of Perl:
#
#   PERL_HASH_SEED=N perl -I <here> -MSecServer <sec>
#
# SEC is compiled once and not started. Then each line of standard input is a run,
# its fields separated by NUL bytes: directory, time zone, SEC's arguments ... A child
# process is forked that works in the directory, with the file `timeline` there as standard
# input, and becomes SEC. What it wrote is answered as "<exit status> <bytes>\n" and
# the bytes; the status is "killed" if it ran or wrote too long.
#
# The timeline carries the clock, which replaces time() and sleep():
#   @SECONDS text         the line "text" at that second
#   @SECONDS=SOURCE text  the same, from the input SOURCE
#   @SECONDS              a tick: only timers are checked
#   text                  a line at the current second
# The clock starts at the first stamp, and each second between two stamps is ticked.
# Programs take no virtual time: before each line all that run are waited for, and then what they
# printed comes first.
package SecServer;

use strict;
use warnings;
use POSIX ();

use constant {
  RUN_SECONDS     => 30,        # of real time; a run that takes longer is killed
  OUTPUT_BYTES    => 16_000_000,    # and one that writes more
  PROGRAM_SECONDS => 5,          # of real time that programs are waited for
  WAIT_SECONDS    => 0.001,
  TICKS           => 200_000,    # in one timeline
};

my $clock = 0;

BEGIN {
  *CORE::GLOBAL::time  = sub () { $clock };
  *CORE::GLOBAL::sleep = sub (;@) { $clock += $_[0] // 0 };
}

INIT { serve(); run_on_timeline() }

# Answers runs until standard input ends. Returns only in the child that is to become SEC.
sub serve {
  open my $answers, '>&', \*STDOUT or die "SecServer: standard output: $!\n";
  while (defined(my $request = <STDIN>)) {
    chomp $request;
    my ($directory, $zone, @arguments) = split /\0/, $request;
    pipe my $read, my $write or die "SecServer: pipe: $!\n";
    my $child = fork // die "SecServer: fork: $!\n";
    if (!$child) {
      close $answers;
      close $read;
      become($directory, $zone, $write, @arguments);
      return;
    }
    close $write;
    my ($status, $output) = collect($child, $read);
    syswrite $answers, "$status " . length($output) . "\n";
    for (my $sent = 0; $sent < length $output;) {
      $sent += syswrite($answers, $output, length($output) - $sent, $sent) // die "SecServer: answer: $!\n";
    }
  }
  exit 0;
}

sub become {
  my ($directory, $zone, $output, @arguments) = @_;
  setpgrp;
  chdir $directory or die "SecServer: $directory: $!\n";
  open STDIN,  '<',  'timeline' or die "SecServer: $directory/timeline: $!\n";
  open STDOUT, '>&', $output    or die "SecServer: standard output: $!\n";
  open STDERR, '>',  'stderr'   or die "SecServer: $directory/stderr: $!\n";
  close $output;
  $ENV{TZ} = $zone;
  POSIX::tzset();
  $clock = first_stamp('timeline');
  @ARGV  = @arguments;
}

sub first_stamp {
  open my $timeline, '<', $_[0] or die "SecServer: $_[0]: $!\n";
  while (<$timeline>) { return $1 if /\A\@(\d+)/ }
  return 0;
}

# Reads what a run writes until all its processes have closed standard output.
sub collect {
  my ($child, $read) = @_;
  my $output   = '';
  my $killed = 0;
  local $SIG{ALRM} = sub { $killed = 1; kill KILL => -$child };
  alarm RUN_SECONDS;
  for (;;) {
    my $count = sysread $read, $output, 65_536, length $output;
    next if !defined $count && $!{EINTR};
    last if !$count;
    if (length $output > OUTPUT_BYTES) { $killed = 1; kill KILL => -$child; last }
  }
  waitpid $child, 0;
  alarm 0;
  return ($killed ? 'killed' : $? >> 8, $output);
}

# Gives SEC's reader of lines the clock. Its first argument is the line that was read, or
# undefined; its second the source of the line.
sub run_on_timeline {
  no warnings qw(redefine once);
  my $read_line = \&main::read_line;
  my @waiting;    # a line that was read ahead of its second
  my $ticks = 0;
  *main::read_line = sub {
    wait_for_programs();
    if (@main::events) { @_[0, 1] = (undef, 1); return }    # what the programs printed comes first
    if (!@waiting) {
      $read_line->(@_);
      return if !defined $_[0];
      return if $_[0] !~ s/\A\@(\d+)(?:=(\S+))?(?: |\z)//;
      die "SecServer: the clock runs backwards: \@$1\n" if $1 < $clock;
      @waiting = ($1, $_[0], $2 // $_[1]);
    }
    my ($second, $text, $source) = @waiting;
    $_[1] = $source;
    if ($second > $clock + 1) {
      die "SecServer: more than ${\TICKS} ticks\n" if ++$ticks > TICKS;
      ++$clock;
      $_[0] = undef;
      return;
    }
    $clock = $second;
    $_[0]  = length $text ? $text : undef;
    @waiting = ();
  };
}

sub wait_for_programs {
  for (my $tries = 0; %main::children && $tries < PROGRAM_SECONDS / WAIT_SECONDS; ++$tries) {
    main::check_children();
    select undef, undef, undef, WAIT_SECONDS if %main::children;
  }
}

1;
