# Runs the Perl code of rules for correlog: one request, one answer, both byte strings. Loaded by the WebAssembly Perl and
# by the system's perl alike. adapters/perl/driver-host.ts is the other end and has the wire grammar.

package main::SEC;

# Out here, so that the code of rules sees none of the driver's names and pragmas. SEC runs it in this package, too.
sub Correlog::Driver::evaluate { eval $_[0] }

package Correlog::Driver;

use strict;
use warnings;

our $now = CORE::time();
our $exit_status;
our $pid = $$;
my $EXIT = bless [], 'Correlog::Driver::Exit';

our $last = 0;       # a backend may let a new life begin behind the numbers of those before
my %reference;    # number => a reference that the rules hold
my %compiled;     # code as written and which of several equal ones => its number
my %content;      # number of a hash => its content as the rules know it
my $evaluations = 44;    # Perl numbers them; SEC's own are the first

sub request {
    # Flagged as UTF-8 it would match otherwise, and slower.
    my $request = $_[0];
    utf8::downgrade($request);
    ($now, my ($operation, $released, @fields)) = unpack '(N/a*)*', $request;
    undef $exit_status;
    if ($released ne '') {
        my @numbers = split / /, $released;
        delete @reference{@numbers};
        delete @content{@numbers};
    }
    %Correlog::Contexts::fetched = () if %Correlog::Contexts::fetched;
    my @answer =
        $operation eq 'call'     ? call(@fields)
      : $operation eq 'evaluate' ? answer_of($fields[0], evaluating(@fields))
      : $operation eq 'compile'  ? compile(@fields)
      : $operation eq 'forget'   ? forget()
      :                            ('error', "unknown request \"$operation\"");
    Correlog::Contexts::write_back() if %Correlog::Contexts::fetched;
    return packed(defined $exit_status ? ('exit', $exit_status) : @answer);
}

sub compile {
    my ($text, $which) = @_;
    my $key = "$which $text";
    if (!defined $compiled{$key}) {
        local $@;
        my $code = evaluate(numbered($text));
        return ('error', bytes($@)) if $@ ne '';
        return ('error', defined $code ? bytes($code) : '') if ref $code ne 'CODE';
        $compiled{$key} = keep($code);
    }
    return ('code', $compiled{$key}, "$reference{ $compiled{$key} }");
}

sub forget {
    delete @reference{ values %compiled };
    %compiled = ();
    return 'nothing';
}

sub numbered { return '#line 1 "(eval ' . ++$evaluations . ")\"\n$_[0]" }

# What a call is wanted for decides its context and what its answer says.
sub call {
    my ($number, $want, $tags, @arguments) = @_;
    my @hashes = $tags =~ tr/s//c ? prepare($tags, \@arguments) : ();
    my @answer = answer_of($want, run($want, $reference{$number}, @arguments));
    return @answer unless @hashes;
    return (@answer, map { ('hash', $_, changed($_)) } @hashes);
}

# Makes of the fields what their tags say; the numbers of the hashes among them.
sub prepare {
    my ($tags, $arguments) = @_;
    my @hashes;
    my $index = 0;
    for my $tag (split //, $tags) {
        for my $value ($arguments->[ $index++ ]) {
            if ($tag eq 'u') { $value = undef }
            elsif ($tag eq 'r') { $value = $reference{$value} }
            elsif ($tag eq 'l') { $value = [unpack '(N/a*)*', $value] }
            elsif ($tag eq 'a') { $value = $arguments->[$value] }
            elsif ($tag ne 's') {
                push @hashes, $tag eq 'h' ? $value : new_hash(unpack '(N/a*)*', $value);
                $value = $reference{ $hashes[-1] };
            }
        }
    }
    return @hashes;
}

sub run {
    my ($want, $code, @arguments) = @_;
    local $@;
    if ($want eq 'test') {
        my $value = eval { $code->(@arguments) };
        return $@ eq '' ? ('ok', $value) : ('error', $@);
    }
    my @values = eval { $code->(@arguments) };
    return $@ eq '' ? ('ok', @values) : ('error', $@);
}

sub evaluating {
    my ($want, $text) = @_;
    local $@;
    if ($want eq 'test') {
        my $value = evaluate(numbered($text));
        return $@ eq '' ? ('ok', $value) : ('error', $@);
    }
    my @values = evaluate(numbered($text));
    return $@ eq '' ? ('ok', @values) : ('error', $@);
}

sub answer_of {
    my ($want, $outcome, @values) = @_;
    return ('error', Correlog::Internals::explained(bytes($values[0]))) if $outcome eq 'error';
    return ('test', $values[0] ? 1 : '') if $want eq 'test';
    return match_of($want eq 'keep', @values) if $want eq 'match' || $want eq 'keep';
    return 'nothing' unless @values;
    return ('value', tagged($values[0])) if @values == 1 && ($want eq 'value' || !ref $values[0]);
    return ('value', 's', bytes(join "\n", map { defined $_ ? $_ : '' } @values));
}

sub match_of {
    my ($is_kept, @values) = @_;
    return 'nothing' unless @values > 1 || $values[0];
    my $is_hash = @values == 1 && ref $values[0] eq 'HASH';
    return ('values', listed(@values)) unless $is_hash || $is_kept;
    my %match;
    if ($is_hash) { %match = %{ $values[0] } }
    else { @match{ 1 .. @values } = @values }
    return ('match', content(\%match), $is_kept ? keep(\%match) : '');
}

sub tagged {
    my ($value) = @_;
    return ('u', '') unless defined $value;
    return ('s', bytes($value)) unless ref $value;
    return ('r', keep($value), bytes("$value"));
}

# A copy of another hash, or an empty one, with names that it is to have: with strings, undefined, or with values of other names.
sub new_hash {
    my ($base, $strings, $undefined, $copies) = @_;
    my %hash = ($base eq '' ? () : %{ $reference{$base} }, unpack '(N/a*)*', $strings);
    @hash{ unpack '(N/a*)*', $undefined } = () if $undefined ne '';
    my @copies = unpack '(N/a*)*', $copies;
    while (my ($name, $other) = splice @copies, 0, 2) { $hash{$name} = $hash{$other} }
    my $number = keep(\%hash);
    $content{$number} = content(\%hash);
    return $number;
}

# Names and values, then the names whose value is undefined.
sub content {
    my ($hash) = @_;
    my @undefined = (grep !defined, values %$hash) ? grep !defined $hash->{$_}, keys %$hash : ();
    return packed(packed(%$hash), packed(@undefined));
}

# Values, then the numbers of those that are undefined.
sub listed {
    my @undefined = (grep !defined, @_) ? grep !defined $_[ $_ - 1 ], 1 .. @_ : ();
    return (packed(@_), "@undefined");
}

sub changed {
    my ($number) = @_;
    my $content = content($reference{$number});
    return ('same', '') if defined $content{$number} && $content eq $content{$number};
    $content{$number} = $content;
    return ('changed', $content);
}

sub keep {
    $reference{ ++$last } = $_[0];
    return $last;
}

# Strings of the rules are bytes; wide characters leave as their UTF-8.
sub bytes {
    my $text = defined $_[0] ? "$_[0]" : '';
    utf8::encode($text) unless utf8::downgrade($text, 1);
    return $text;
}

# Strings as one, undefined ones as empty. Most have no wide characters.
sub packed {
    no warnings 'uninitialized';
    my $packed = pack '(N/a*)*', @_;
    return utf8::downgrade($packed, 1) ? $packed : pack '(N/a*)*', map { bytes($_) } @_;
}

# Asks the rules' side while code runs. The backend defines `exchange`.
sub ask {
    my @answer = unpack '(N/a*)*', Correlog::Backend::exchange(packed(@_));
    return @answer;
}

# SEC's contexts, which its manual shows how to save and restore. A context that code has looked at is compared with what it was when
# the code has ended, and changed in the rules where it has changed.
package Correlog::Contexts;

our %fetched;    # name => [its hash, what it was when it was fetched, its number]

sub TIEHASH { return bless [], $_[0] }
sub EXISTS { return exists $fetched{ $_[1] } || scalar grep { $_ eq $_[1] } Correlog::Driver::ask('contexts') }
sub SCALAR { return scalar(my @names = Correlog::Driver::ask('contexts')) }
sub FIRSTKEY { @{ $_[0] } = Correlog::Driver::ask('contexts'); return shift @{ $_[0] } }
sub NEXTKEY { return shift @{ $_[0] } }

sub FETCH {
    my ($self, $name) = @_;
    return $fetched{$name}[0] if exists $fetched{$name};
    my ($id, $names, $internal, $created, $lifetime, $description, $actions, @events) = Correlog::Driver::ask('context', $name);
    return undef unless defined $id;
    my ($same) = grep { $id ne '' && $_->[2] eq $id } values %fetched;
    my %index = map { $_ => 1 } unpack '(N/a*)*', $names // '';
    my (@times, @buffer);
    while (my ($time, $text) = splice @events, 0, 2) { push @times, $time; push @buffer, $text }
    my $hash = defined $same ? $same->[0] : {
        Time => $created, InitTime => $created, Window => $lifetime, Desc => $description,
        Action => $actions eq '' ? [] : [$actions], Buffer => \@buffer, Times => \@times, Aliases => \%index,
        $internal ? (Internal => 1) : (),
    };
    $fetched{$name} = [$hash, '', $id];
    $fetched{$name}[1] = written($hash);
    return $hash;
}

sub STORE {
    my ($self, $name, $hash) = @_;
    die "a context of %main::context_list must be a reference to a hash\n" unless ref $hash eq 'HASH';
    my ($known) = grep { $_->[0] == $hash } values %fetched;
    $fetched{$name} = [$hash, '', defined $known ? $known->[2] : ''];
    return;
}

sub DELETE { my ($self, $name) = @_; delete $fetched{$name}; Correlog::Driver::ask('delete context', $name); return }
sub CLEAR { my ($self) = @_; $self->DELETE($_) for Correlog::Driver::ask('contexts') }

sub written {
    my ($hash) = @_;
    my @times = @{ $hash->{Times} || [] };
    my @events = map { (defined $times[$_] ? $times[$_] : $hash->{Time}, $hash->{Buffer}[$_]) } 0 .. $#{ $hash->{Buffer} || [] };
    return join '', map { pack 'N/a*', Correlog::Driver::bytes(defined $_ ? $_ : '') }
        $hash->{Internal} ? 1 : '', $hash->{Time}, $hash->{Window}, $hash->{Desc}, $hash->{Action}[0], @events;
}

sub write_back {
    for my $name (sort keys %fetched) {
        my ($hash, $before, $id) = @{ $fetched{$name} };
        my $now = written($hash);
        next if $now eq $before;
        Correlog::Driver::ask('set context', $name, $id, unpack '(N/a*)*', $now);
        next if $id ne '';
        # One hash under several names is one context.
        my ($new) = Correlog::Driver::ask('context', $name);
        $_->[2] = $new for grep { $_->[0] == $hash && $_->[2] eq '' } values %fetched;
    }
    %fetched = ();
}

tie %main::context_list, 'Correlog::Contexts';

package Correlog::Driver;

BEGIN {
    no warnings 'once';
    # Before any code of rules is compiled, which binds these names then.
    *CORE::GLOBAL::exit = sub (;$) {
        my $status = @_ && defined $_[0] ? int $_[0] : 0;
        CORE::exit($status) if $$ != $pid;    # of a process that code has forked
        $exit_status = $status;
        die $EXIT;
    };
    *CORE::GLOBAL::time = sub () { $now };
}

1;
