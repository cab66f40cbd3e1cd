# The other end of adapters/perl/system/system-backend.ts: frames over two FIFOs, a letter and a length (32 bits, big-endian)
# before each. A request comes as `R` and is answered with `A`; in between a question may go out as `Q`.

package Correlog::Backend;

use strict;
use warnings;

my $pid = $$;
my ($requests, $answers, @code) = @ARGV;
@ARGV = ();
open my $in,  '<', $requests or die "can't open $requests: $!\n";
open my $out, '>', $answers  or die "can't open $answers: $!\n";
binmode $_ for $in, $out;
# A program that rules start must not hold them open.
fcntl $_, 2, 1 for $in, $out;

sub send_frame {
    CORE::exit(0) if $$ != $pid;    # code has forked, and its child has come to its end
    my $bytes = pack 'aN/a*', @_;
    while (length $bytes) {
        my $written = syswrite $out, $bytes;
        next if !defined $written && $!{EINTR};
        CORE::exit(0) unless defined $written;
        substr $bytes, 0, $written, '';
    }
}

sub take {
    my ($length) = @_;
    my $bytes = '';
    while (length $bytes < $length) {
        my $read = sysread $in, $bytes, $length - length $bytes, length $bytes;
        next if !defined $read && $!{EINTR};
        CORE::exit(0) unless $read;
    }
    return $bytes;
}

sub take_frame {
    my (undef, $length) = unpack 'aN', take(5);
    return take($length);
}

sub exchange { send_frame('Q', $_[0]); return take_frame() }

do $_ or die $@ || "can't load $_: $!\n" for @code;

# So that no number of a reference is one of an earlier life's.
{ no warnings 'once'; $Correlog::Driver::last = 1_000_000 * CORE::time() + $$ % 1_000_000 }

$| = 1;
$SIG{INT} = 'IGNORE';
send_frame('A', 'ready');
send_frame('A', Correlog::Driver::request(take_frame())) while 1;
