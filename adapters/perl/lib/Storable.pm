package Storable;

# Keeps data in files and strings, in a form of its own: nested references, the same ones twice and blessed ones come back as
# they were. Files of the compiled module are not read.

use strict;
use warnings;
use Scalar::Util qw(blessed reftype refaddr);

our $VERSION = '3.32';
our @EXPORT_OK = qw(store nstore retrieve lock_store lock_nstore lock_retrieve freeze nfreeze thaw dclone);
our @EXPORT = qw(store retrieve);
our ($canonical, $Deparse, $Eval, $forgive_me) = (0) x 4;

require Exporter;
our @ISA = ('Exporter');

my $MAGIC = "correlog storable 1\n";

sub freeze { return $MAGIC . encode($_[0], {}) }
sub nfreeze { return freeze(@_) }

sub thaw {
    my ($frozen) = @_;
    return undef unless substr($frozen, 0, length $MAGIC) eq $MAGIC;
    my $at = length $MAGIC;
    return decode(\$frozen, \$at, []);
}

sub dclone { return thaw(freeze($_[0])) }

sub store {
    my ($data, $path) = @_;
    open(my $file, '>', $path) or die "can't create $path: $!";
    binmode $file;
    print $file freeze($data);
    close $file or die "can't store to $path: $!";
    return 1;
}

sub retrieve {
    my ($path) = @_;
    open(my $file, '<', $path) or die "can't open $path: $!";
    binmode $file;
    local $/;
    my $data = thaw(scalar <$file>);
    die "$path is no file of correlog's Storable" unless defined $data;
    return $data;
}

{ no warnings 'once'; *nstore = *lock_store = *lock_nstore = \&store; *lock_retrieve = \&retrieve; }

# A letter for the kind, then a length or a count, then the content.
sub encode {
    my ($value, $seen) = @_;
    return 'u' unless defined $value;
    if (!ref $value) {
        my $is_wide = utf8::is_utf8($value);
        utf8::encode($value) if $is_wide;
        return pack 'aN/a*', $is_wide ? 'w' : 's', $value;
    }
    my $address = refaddr $value;
    return pack 'aN', 'r', $seen->{$address} if exists $seen->{$address};
    $seen->{$address} = keys %$seen;
    my $class = blessed $value;
    my $head = defined $class ? pack('aN/a*', 'b', $class) : '';
    my $type = reftype $value;
    if ($type eq 'HASH') {
        my @names = $canonical ? sort keys %$value : keys %$value;
        return $head . pack('aN', 'h', scalar @names) . join '', map { encode($_, $seen) . encode($value->{$_}, $seen) } @names;
    }
    return $head . pack('aN', 'a', scalar @$value) . join '', map { encode($_, $seen) } @$value if $type eq 'ARRAY';
    return $head . 'p' . encode($$value, $seen) if $type eq 'SCALAR' || $type eq 'REF';
    die "Can't store $type items" unless $forgive_me;
    return pack 'aN/a*', 's', "$value";
}

sub decode {
    my ($text, $at, $made) = @_;
    my $kind = substr $$text, $$at++, 1;
    return undef if $kind eq 'u';
    if ($kind eq 's' || $kind eq 'w') {
        my $value = string($text, $at);
        utf8::decode($value) if $kind eq 'w';
        return $value;
    }
    return $made->[number($text, $at)] if $kind eq 'r';
    my $class;
    if ($kind eq 'b') {
        $class = string($text, $at);
        $kind = substr $$text, $$at++, 1;
    }
    my $value;
    if ($kind eq 'h') {
        $value = {};
        push @$made, $value;
        for (1 .. number($text, $at)) {
            my $name = decode($text, $at, $made);
            $value->{$name} = decode($text, $at, $made);
        }
    }
    elsif ($kind eq 'a') {
        $value = [];
        push @$made, $value;
        push @$value, decode($text, $at, $made) for 1 .. number($text, $at);
    }
    elsif ($kind eq 'p') {
        my $inner;
        $value = \$inner;
        push @$made, $value;
        $inner = decode($text, $at, $made);
    }
    else { die 'damaged data of Storable' }
    return defined $class ? bless $value, $class : $value;
}

sub number {
    my ($text, $at) = @_;
    my $number = unpack 'N', substr $$text, $$at, 4;
    $$at += 4;
    return $number;
}

sub string {
    my ($text, $at) = @_;
    my $length = number($text, $at);
    my $string = substr $$text, $$at, $length;
    $$at += $length;
    return $string;
}

1;
