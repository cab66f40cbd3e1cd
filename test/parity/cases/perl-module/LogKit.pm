# A module as people write one for their rules: a toolbox for log lines, in several packages. The rules beside it call
# LogKit::run() with the name of a tool and the rest of the line.

package LogKit;

use strict;
use warnings;

our $VERSION = '1.07';
our ($verbose, @trail) = (0);
my %tools;

sub tool { my ($name, $code) = @_; $tools{$name} = $code; return scalar keys %tools }

sub run {
    my ($name, @words) = @_;
    my $code = $tools{$name} or die "no tool \"$name\"; there are " . join(', ', sort keys %tools) . "\n";
    push @trail, $name;
    return $code->(@words);
}

sub trail { return join '>', @trail[-3 .. -1] }

# ---------------------------------------------------------------------------------------------------------------- objects

package LogKit::Stack;

sub new { my ($class, @items) = @_; return bless { items => [@items], high => scalar @items }, $class }

sub push {
    my $self = shift;
    push @{ $self->{items} }, @_;
    my $size = @{ $self->{items} };
    $self->{high} = $size if $size > $self->{high};
    return $self;
}

sub pop  { return CORE::pop @{ $_[0]{items} } }
sub top  { return $_[0]{items}[-1] }
sub size { return scalar @{ $_[0]{items} } }
sub high { return $_[0]{high} }

package LogKit::BoundedStack;

our @ISA = ('LogKit::Stack');

sub new {
    my ($class, $most, @items) = @_;
    my $self = LogKit::Stack::new($class, @items);
    $self->{most} = $most;
    return $self;
}

sub push {
    my ($self, @items) = @_;
    for my $item (@items) {
        die LogKit::Error->new(full => $item) if $self->size >= $self->{most};
        $self->SUPER::push($item);
    }
    return $self;
}

package LogKit::Error;

use overload
    '""'   => sub { my ($self) = @_; return "LogKit error: $self->{kind} ($self->{detail})" },
    'eq'   => sub { return "$_[0]" eq "$_[1]" },
    'bool' => sub { return 1 };

sub new { my ($class, $kind, $detail) = @_; return bless { kind => $kind, detail => $detail }, $class }
sub kind { return $_[0]{kind} }

package LogKit::Record;

our $AUTOLOAD;
our $gone = 0;

sub new { my ($class, %fields) = @_; return bless {%fields}, $class }

sub AUTOLOAD {
    my ($self, @values) = @_;
    (my $name = $AUTOLOAD) =~ s/.*:://;
    return if $name eq 'DESTROY';
    die "a record has no field $name\n" unless exists $self->{$name};
    $self->{$name} = $values[0] if @values;
    return $self->{$name};
}

sub DESTROY { $gone++ }

package LogKit::Vector;

use overload
    '+'   => \&add,
    '-'   => sub { my ($one, $other, $is_swapped) = @_; my $minus = $one->add($other, 0, -1); return $is_swapped ? $minus * -1 : $minus },
    '*'   => sub { my ($one, $other) = @_; return ref $other ? $one->dot($other) : __PACKAGE__->new(map { $_ * $other } @$one) },
    '=='  => sub { return "$_[0]" eq "$_[1]" },
    '<=>' => sub { my ($one, $other, $is_swapped) = @_; my $order = abs($one) <=> abs($other); return $is_swapped ? -$order : $order },
    'abs' => sub { my ($one) = @_; return sqrt $one->dot($one) },
    '@{}' => sub { return $_[0]->() },
    '""'  => sub { return '(' . join(', ', @{ $_[0] }) . ')' };

sub new { my ($class, @numbers) = @_; return bless sub { return \@numbers }, $class }

sub add {
    my ($one, $other, undef, $factor) = @_;
    $factor = 1 unless defined $factor && $factor ne '';
    return __PACKAGE__->new(map { $one->[$_] + $factor * $other->[$_] } 0 .. $#$one);
}

sub dot { my ($one, $other) = @_; my $sum = 0; $sum += $one->[$_] * $other->[$_] for 0 .. $#$one; return $sum }

package LogKit::UpperCase;

sub TIEHASH  { my ($class) = @_; return bless { values => {}, writes => 0 }, $class }
sub STORE    { my ($self, $key, $value) = @_; $self->{writes}++; $self->{values}{ uc $key } = $value; return }
sub FETCH    { my ($self, $key) = @_; return $self->{values}{ uc $key } }
sub EXISTS   { my ($self, $key) = @_; return exists $self->{values}{ uc $key } }
sub DELETE   { my ($self, $key) = @_; return delete $self->{values}{ uc $key } }
sub FIRSTKEY { my ($self) = @_; @{ $self->{order} } = sort keys %{ $self->{values} }; return shift @{ $self->{order} } }
sub NEXTKEY  { my ($self) = @_; return shift @{ $self->{order} } }

package LogKit;

tool stack => sub {
    my ($most, @words) = @_;
    my $stack = LogKit::BoundedStack->new($most);
    my $pushed = eval { $stack->push(@words); 1 };
    my $error = $@;
    my $said = $pushed ? 'all' : sprintf '%s/%s/%s', ref $error, $error->kind, $error;
    return join ' ', $said, $stack->size, $stack->high, $stack->top, $stack->pop, $stack->can('pop') ? 'can' : 'can not', $stack->isa('LogKit::Stack');
};

tool record => sub {
    my (%fields) = map { split /=/, $_, 2 } @_;
    my $before = $LogKit::Record::gone;
    my $said = do {
        my $record = LogKit::Record->new(%fields);
        $record->user('root');
        my $missing = eval { $record->colour } // $@;
        chomp $missing;
        join ',', $record->user, (map { $record->$_ } sort keys %fields), $missing;
    };
    return "$said gone:" . ($LogKit::Record::gone - $before);
};

tool vectors => sub {
    my ($x, $y) = map { LogKit::Vector->new(split /,/) } @_;
    my ($longest) = sort { $b <=> $a } $x, $y, $x - $y;
    return join ' ', $x + $y, $x - $y, $x * $y, $x * 2, sprintf('%.4f', abs $x), $x == $y ? 'same' : 'different', "longest $longest";
};

tool tied => sub {
    tie my %table, 'LogKit::UpperCase';
    $table{$_}++ for @_;
    my $all = join ',', map { "$_=$table{$_}" } keys %table;
    my $first = delete $table{ $_[0] };
    return join ' ', $all, $first, exists $table{ $_[0] } ? 'there' : 'gone', (tied %table)->{writes};
};

# --------------------------------------------------------------------------------------------------------------- closures

{
    my %counters;

    sub counter {
        my ($name, $step) = @_;
        return $counters{$name} //= do {
            my $count = 0;
            { next => sub { return $count += $step }, reset => sub { my $was = $count; $count = 0; return $was }, peek => sub { return $count } };
        };
    }
}

sub compose { my @chain = reverse @_; return sub { my @values = @_; @values = $_->(@values) for @chain; return wantarray ? @values : $values[0] } }

sub curry { my ($code, @first) = @_; return sub { return $code->(@first, @_) } }

sub each_pair (&@) { my ($code, @list) = @_; my @result; while (my ($first, $second) = splice @list, 0, 2) { push @result, $code->($first, $second) } return @result }

sub memoized {
    my ($code) = @_;
    my (%known, $misses);
    return (sub { my $key = join $;, @_; return $known{$key} //= do { $misses++; $code->(@_) } }, sub { return $misses // 0 });
}

tool count => sub {
    my ($name, $step) = @_;
    my $counter = counter($name, $step || 1);
    return join ' ', $counter->{next}->(), $counter->{next}(), &{ $counter->{peek} }();
};

tool recount => sub { my ($name) = @_; my $counter = counter($name, 1); return $counter->{reset}->() . ' ' . $counter->{next}->() };

tool compose => sub {
    my @words = @_;
    my $tidy = compose(sub { return join '-', @_ }, sub { return map { ucfirst lc } @_ }, sub { return grep { length > 1 } @_ });
    my @adders = map { my $more = $_; sub { return $_[0] + $more } } 1 .. 3;
    my $all = $adders[0];
    $all = compose($_, $all) for @adders[1, 2];
    return join ' ', scalar $tidy->(@words), $all->(10), curry(sub { return "@_" }, 'a', 'b')->('c'), join('|', each_pair { "$_[0]:$_[1]" } qw(x 1 y 2 z 3));
};

tool fibonacci => sub {
    my ($number) = @_;
    my ($fast, $misses);
    ($fast, $misses) = memoized(sub { my ($n) = @_; return $n < 2 ? $n : $fast->($n - 1) + $fast->($n - 2) });
    return $fast->($number) . ' after ' . $misses->();
};

tool generator => sub {
    my ($most) = @_;
    my $primes = do {
        my @found;
        sub {
            CANDIDATE: for (my $next = @found ? $found[-1] + 1 : 2;; $next++) {
                for my $prime (@found) {
                    next CANDIDATE if $next % $prime == 0;
                    last if $prime * $prime > $next;
                }
                push @found, $next;
                return $next;
            }
        };
    };
    my @list;
    while ((my $prime = $primes->()) <= $most) { push @list, $prime }
    return "@list";
};

# ------------------------------------------------------------------------------------------------- a parser, by /\G.../gc

package LogKit::Expression;

my %OPERATORS = (
    '+' => [1, sub { return $_[0] + $_[1] }],
    '-' => [1, sub { return $_[0] - $_[1] }],
    '*' => [2, sub { return $_[0] * $_[1] }],
    '/' => [2, sub { die LogKit::Error->new(division => 'by 0') unless $_[1]; return $_[0] / $_[1] }],
    '%' => [2, sub { return $_[0] % $_[1] }],
    '^' => [3, sub { return $_[0]**$_[1] }],
);

sub tokens {
    my ($text) = @_;
    my @tokens;
    for ($text) {
        while (1) {
            if    (/\G\s+/gc)                       { next }
            elsif (/\G(0x[\da-f]+)/gci)             { push @tokens, [number => hex $1] }
            elsif (/\G(\d+(?:\.\d*)?|\.\d+)/gc)     { push @tokens, [number => $1 + 0] }
            elsif (/\G([a-z_]\w*)/gci)              { push @tokens, [name => $1] }
            elsif (m{\G([-+*/%^])}gc)               { push @tokens, [operator => $1] }
            elsif (/\G([()])/gc)                    { push @tokens, [$1 => $1] }
            elsif (/\G\z/gc)                        { last }
            elsif (/\G(.)/gcs)                      { die sprintf "unexpected \"%s\" at %d\n", $1, pos() - 1 }
        }
    }
    return @tokens;
}

sub evaluate {
    my ($text, %names) = @_;
    my @tokens = tokens($text);
    my ($expression, $operand);
    $operand = sub {
        my $token = shift @tokens or die "an operand is missing at the end\n";
        my ($kind, $value) = @$token;
        return $value if $kind eq 'number';
        return $names{$value} // die "unknown name $value\n" if $kind eq 'name';
        return -$operand->() if $kind eq 'operator' && $value eq '-';
        die "an operand is missing before $value\n" if $kind ne '(';
        my $inner = $expression->(0);
        my $end = shift @tokens;
        die "a parenthesis is open\n" unless $end && $end->[0] eq ')';
        return $inner;
    };
    $expression = sub {
        my ($least) = @_;
        my $left = $operand->();
        while (@tokens && $tokens[0][0] eq 'operator') {
            my ($binds, $code) = @{ $OPERATORS{ $tokens[0][1] } };
            last if $binds < $least || $binds == $least && $tokens[0][1] ne '^' && $least;
            my $operator = (shift @tokens)->[1];
            my $right = $expression->($operator eq '^' ? $binds : $binds + 0.5);
            $left = $code->($left, $right);
        }
        return $left;
    };
    my $value = $expression->(0);
    die "left over: @{[map { $_->[1] } @tokens]}\n" if @tokens;
    return $value;
}

package LogKit;

tool evaluate => sub {
    my $text = "@_";
    my $value = eval { LogKit::Expression::evaluate($text, pi => 3.14159265358979, answer => 42) };
    return $value if $@ eq '';
    my $error = "$@";
    chomp $error;
    return "failed: $error";
};

tool tokens => sub { return join ' ', map { "$_->[0]=$_->[1]" } LogKit::Expression::tokens("@_") };

# ------------------------------------------------------------------------------------------------------- regular expressions

my $ADDRESS = qr/(?<address>\d{1,3}(?:\.\d{1,3}){3})/;
my $BALANCED = qr/(\((?:[^()]++|(?1))*\))/;
my $KEY_VALUE = qr/
    (?<key> [a-z]\w* )      # the name
    \s* = \s*
    (?: "(?<quoted> (?: [^"\\] | \\. )* )" | (?<plain> [^\s,"]+ ) )
/xi;

tool fields => sub {
    my $line = "@_";
    my %fields;
    while ($line =~ /\G.*?$KEY_VALUE/gc) {
        my $value = $+{quoted} // $+{plain};
        $value =~ s/\\(.)/$1 eq 'n' ? "\\n" : $1/ge;
        push @{ $fields{ lc $+{key} } }, $value;
    }
    my $rest = substr $line, pos($line) // 0;
    return join(' ', map { "$_=" . join '+', @{ $fields{$_} } } sort keys %fields) . " rest[$rest]";
};

tool addresses => sub {
    my $line = "@_";
    my @all = $line =~ /\b$ADDRESS\b/g;
    my @sorted = map { join '.', unpack 'C4', $_ } sort map { pack 'C4', split /\./ } grep { !grep { $_ > 255 } split /\./ } @all;
    (my $masked = $line) =~ s/(?<![\d.])(\d+)\.(\d+)\.\d+\.\d+/$1.$2.x.x/g;
    return scalar(@all) . " @sorted | $masked";
};

tool balanced => sub {
    my $line = "@_";
    my @found = $line =~ /$BALANCED/g;
    my $depth = 0;
    my $deepest = 0;
    for ($line =~ /[()]/g) { $depth += $_ eq '(' ? 1 : -1; $deepest = $depth if $depth > $deepest }
    return join ' ', "@found", $deepest, $depth ? 'open' : 'closed';
};

tool rewrite => sub {
    my $line = "@_";
    my $count = ($line =~ tr/a-z//);
    (my $rot = $line) =~ tr/A-Za-z/N-ZA-Mn-za-m/;
    my $squeezed = $line =~ tr/ //sr =~ s/(\w)\1+/$1/gr;
    my $camel = join '', map { ucfirst } split /[^a-z0-9]+/, lc $line;
    my $swapped = $line =~ s/(\w+)(\W+)(\w+)/$3$2$1/r;
    my $reversed = reverse $line;
    my $positions = '';
    while ($line =~ /[aeiou]/g) { $positions .= pos($line) . ',' }
    return join '|', $count, $rot, $squeezed, $camel, $swapped, $reversed, $positions, $line =~ /^(?=.*\d)(?!.*\s\s)/ ? 'digits' : 'none';
};

tool split => sub {
    my $line = "@_";
    my @plain = split ' ', "  $line ";
    my @kept = split /(,)/, $line;
    my @limited = split /\s*,\s*/, $line, 2;
    my @empties = split /,/, "$line,,", -1;
    my @letters = split //, substr $line, 0, 4;
    return join ';', scalar @plain, "@kept", "@limited", scalar @empties, "@letters", join('+', (split /,/, 'a,b,,,')), scalar(() = $line =~ /\w+/g);
};

# ------------------------------------------------------------------------------------------------------------------- sorting

tool sort => sub {
    my @words = @_;
    my %seen;
    my @unique = grep { !$seen{$_}++ } @words;
    my @natural = map { $_->[0] } sort { $a->[1] cmp $b->[1] || $a->[2] <=> $b->[2] } map { [$_, /^(\D*)(\d*)/ ? ($1, $2 || 0) : ('', 0)] } @unique;
    my @by_count = sort { $seen{$b} <=> $seen{$a} || $a cmp $b } keys %seen;
    my @lengths = sort by_length @unique;
    my $descending = sub { return $b cmp $a };
    return join ' / ', "@natural", "@by_count", "@lengths", join(' ', sort $descending @unique), join(' ', reverse sort { lc $a cmp lc $b } @unique);
};

sub by_length { return length $a <=> length $b || $a cmp $b }

tool heap => sub {
    my @heap;
    for my $number (@_) {
        push @heap, $number;
        for (my $at = $#heap; $at > 0;) {
            my $parent = int(($at - 1) / 2);
            last if $heap[$parent] <= $heap[$at];
            @heap[$parent, $at] = @heap[$at, $parent];
            $at = $parent;
        }
    }
    my @sorted;
    while (@heap) {
        push @sorted, $heap[0];
        my $last = pop @heap;
        last unless @heap;
        $heap[0] = $last;
        my $at = 0;
        while ((my $child = 2 * $at + 1) < @heap) {
            $child++ if $child + 1 < @heap && $heap[$child + 1] < $heap[$child];
            last if $heap[$at] <= $heap[$child];
            @heap[$at, $child] = @heap[$child, $at];
            $at = $child;
        }
    }
    return "@sorted";
};

tool statistics => sub {
    my @numbers = sort { $a <=> $b } @_;
    my $sum = 0;
    $sum += $_ for @numbers;
    my $mean = $sum / @numbers;
    my $variance = 0;
    $variance += ($_ - $mean)**2 / @numbers foreach @numbers;
    my $median = @numbers % 2 ? $numbers[$#numbers / 2] : ($numbers[@numbers / 2 - 1] + $numbers[@numbers / 2]) / 2;
    my %histogram;
    $histogram{ int $_ / 10 }++ for @numbers;
    my $bars = join ' ', map { sprintf '%d0s:%s', $_, '#' x $histogram{$_} } sort { $a <=> $b } keys %histogram;
    return sprintf 'n=%d sum=%g mean=%.3f median=%.1f sd=%.3e %s', scalar @numbers, $sum, $mean, $median, sqrt $variance, $bars;
};

# ---------------------------------------------------------------------------------------------------- local, files, contexts

sub shown { return $verbose > 1 ? 'loud' : $verbose ? 'said' : 'quiet' }

tool local => sub {
    my @said = (shown());
    {
        local $verbose = 2;
        push @said, shown();
        eval { local $verbose = 1; push @said, shown(); die "out\n" };
        push @said, shown(), $@ =~ s/\n//r;
    }
    local @trail = ('x', 'y', 'z');
    my %options = (colour => 'red', size => 1);
    {
        local @options{qw(colour size)} = ('blue', 2);
        delete local $options{colour};
        push @said, join ',', map { "$_=$options{$_}" } sort keys %options;
    }
    local $_ = 'topic';
    push @said, shown(), trail(), "$options{colour}$options{size}", map { uc } $_;
    local ($,, $\, $") = (undef, undef, ':');
    return "@said";
};

tool lines => sub {
    my $text = join "\n", @_, '';
    open my $in, '<', \$text or die "no lines: $!\n";
    my @numbered;
    while (defined(my $line = <$in>)) { chomp $line; push @numbered, "$.:$line" unless $line =~ /^#/ .. $line =~ /^end/ }
    close $in;
    my @paragraphs = do { local $/ = ''; open my $again, '<', \"a\nb\n\n\nc\n" or die; <$again> };
    my $whole = do { local $/; open my $again, '<', \$text or die; <$again> };
    open my $out, '>>', \my $buffer or die "no buffer: $!\n";
    printf $out '%s-%03d', 'n', 7;
    print {$out} '!';
    close $out;
    my $printed = '';
    {
        open my $to, '>', \$printed or die;
        my $before = select $to;
        $| = 1;
        print 'selected';
        select $before;
    }
    return join ' ', @numbered, scalar @paragraphs, length $whole, $buffer, $printed;
};

sub where { my @frame = caller 1; return "$frame[3]:" . (wantarray ? 'list' : defined wantarray ? 'scalar' : 'void') }

tool contexts => sub {
    my ($scalar, @list) = (scalar where(), where());
    my $count = () = (1, 2, 3);
    my ($first) = sort { $a <=> $b } 3, 1, 2;
    my $last = (7, 8, 9)[-1];
    my @slice = (('a' .. 'e')[1 .. 3], @{ [1 .. 4] }[0, -1]);
    my %hash = (a => 1, b => 2, c => 3);
    my %inverse = reverse %hash;
    my ($x, $y) = (1, 2);
    ($x, $y) = ($y, $x);
    return join ' ', $scalar =~ s/.*:://r, "@list" =~ s/.*:://r, $count, $first, $last, "@slice", "@hash{qw(a c)}", $inverse{2}, "$x$y", "@{[map { $_ * 2 } 1 .. 3]}";
};

tool nested => sub {
    my @errors;
    for my $try (1 .. 4) {
        my $fine = eval {
            eval { die { code => $try } if $try == 1; die [$try] if $try == 2; die "text $try\n" if $try == 3; 1 } or do {
                my $error = $@;
                push @errors, ref $error eq 'HASH' ? "hash $error->{code}" : ref $error eq 'ARRAY' ? "array @$error" : $error =~ s/\n//r;
                die $error if ref $error eq 'ARRAY';
            };
            1;
        };
        push @errors, $fine ? "fine $try" : 'again ' . ref $@;
    }
    my $warned = '';
    { local $SIG{__WARN__} = sub { $warned .= $_[0] }; my $undefined; my $text = "a$undefined"; warn "noted\n" }
    $warned =~ s/ at .*? line \d+\.//g;
    my $handled = '';
    { local $SIG{__DIE__} = sub { $handled = "handler: $_[0]" }; eval { die "handled\n" } }
    return join('; ', @errors, split(/\n/, $warned), $handled) =~ s/\n//r;
};

# ------------------------------------------------------------------------------------------------------ text and here-docs

tool report => sub {
    my ($title, %amounts) = @_;
    my $total = 0;
    $total += $_ for values %amounts;
    my $rows = join '', map { sprintf "| %-8s | %6.2f | %5.1f%% |\n", $_, $amounts{$_}, $total ? 100 * $amounts{$_} / $total : 0 } sort keys %amounts;
    my $text = <<"HEAD" . $rows . <<'FOOT' . <<~INDENTED;
== ${\ uc $title} ==
total @{[ sprintf '%08.3f', $total ]}
HEAD
no $interpolation, no \t here
FOOT
    indented:
      - $title
      - ${\ join ',', sort { $amounts{$b} <=> $amounts{$a} } keys %amounts}
    INDENTED
    return $text =~ s/\n\z//r;
};

tool wrap => sub {
    my ($width, @words) = @_;
    my @lines = ('');
    for my $word (@words) {
        if ($lines[-1] eq '') { $lines[-1] = $word }
        elsif (length("$lines[-1] $word") <= $width) { $lines[-1] .= " $word" }
        else { push @lines, $word }
    }
    return map { sprintf '%-*s<', $width, $_ } @lines;
};

tool formats => sub {
    my ($number, $text) = @_;
    return join '|', map { sprintf $_->[0], @$_[1 .. $#$_] } (
        ['%d', $number], ['%5d', $number], ['%-5d.', $number], ['%05d', $number], ['%+d', $number], ['%x', 255], ['%#X', 255], ['%o', 8], ['%b', 10], ['%#010b', 5],
        ['%e', 12345.678], ['%g', 0.0000123], ['%g', 1e15], ['%.0f', 2.5], ['%.0f', 3.5], ['%s', 1e21], ['%s', 0.1 + 0.2], ['%s', 1 / 3], ['%5s', $text], ['%-7s.', $text], ['%.2s', $text],
        ['%2$s %1$s', 'a', 'b'], ['%*d', 6, 42], ['%vd', '1.22.333'], ['%c', 65], ['%%'], ['%s', 017], ['%s', 1_000_000], ['%s', 9**20], ['%s', -7 / 2], ['%d', -7 / 2], ['%s', -7 % 3], ['%s', 2**53 + 1]
    );
};

tool strings => sub {
    my ($text) = @_;
    my $id = 'az9';
    my @ids = map { $id++ } 1 .. 3;
    my $copy = $text;
    substr($copy, 1, 2) = 'XY';
    my $four = substr $copy, -3, 2, '__';
    my $chained = join ',', 'a' lt 'b', 'a' cmp 'b', 10 <=> 9, '10' == 10.0 ? 'equal' : 'not', 'abc' x 2, '-' x 3, "5 apples" * 1 + 0;
    my @packed = unpack 'n C a3 N', pack 'n C a3 N', 258, 7, 'xyz', 65537;
    my $bits = '';
    vec($bits, $_, 1) = 1 for 1, 3, 9;
    return join ' ', "@ids", $copy, $four, $chained, "@packed", unpack('b*', $bits), index($text, 'e'), rindex($text, 'e'), lcfirst uc $text, ord 'A', chr 97, sprintf('%s', join '.', map { ord } split //, 'AZ'), quotemeta 'a.b', lc('ÄB') eq lc('äb') ? 'folded' : 'bytes';
};

# --------------------------------------------------------------------------------------------------------------- structures

sub walk {
    my ($value, $depth) = @_;
    my $kind = ref $value;
    return defined $value ? $value =~ /^-?\d+\z/ ? $value : "\"$value\"" : 'null' if $kind eq '';
    return 'code' if $kind eq 'CODE';
    return '[' . join(',', map { walk($_, $depth + 1) } @$value) . ']' if $kind eq 'ARRAY';
    return '{' . join(',', map { "$_:" . walk($value->{$_}, $depth + 1) } sort keys %$value) . '}' if $kind eq 'HASH';
    return '\\' . walk($$value, $depth + 1);
}

tool structures => sub {
    my %tree;
    for my $path (@_) {
        my $node = \%tree;
        my ($value) = $path =~ s/=(.*)// ? $1 : undef;
        my @names = split m{/}, $path;
        my $leaf = pop @names;
        $node = $node->{$_} //= {} for @names;
        if (exists $node->{$leaf}) { $node->{$leaf} = [ref $node->{$leaf} eq 'ARRAY' ? @{ $node->{$leaf} } : $node->{$leaf}, $value] }
        else { $node->{$leaf} = $value }
    }
    my @matrix = ([1, 2], [3, 4]);
    my @turned = map { my $column = $_; [map { $_->[$column] } @matrix] } 0 .. 1;
    my ($first, @others) = @{ $matrix[1] };
    push @{ $tree{extra}{list} }, \@turned, \'text', sub { 1 }, undef;
    return walk(\%tree, 0) . " $first @others $#{$tree{extra}{list}} " . (exists $tree{no}{such} ? 'there' : 'none') . (exists $tree{no} ? ' made' : '');
};

tool graph => sub {
    my %edges;
    for (@_) { my ($from, $to) = split /-/; $edges{$from}{$to} = $edges{$to}{$from} = 1 }
    my ($start) = sort keys %edges;
    my (%distance, @queue) = ($start => 0);
    @queue = ($start);
    while (defined(my $node = shift @queue)) {
        for my $next (sort keys %{ $edges{$node} }) {
            next if exists $distance{$next};
            $distance{$next} = $distance{$node} + 1;
            push @queue, $next;
        }
    }
    my (%seen, @parts);
    my $visit;
    $visit = sub { my ($node) = @_; return () if $seen{$node}++; return ($node, map { $visit->($_) } sort keys %{ $edges{$node} }) };
    for (sort keys %edges) { my @part = $visit->($_); push @parts, join '', @part if @part }
    return join(' ', map { "$_$distance{$_}" } sort { $distance{$a} <=> $distance{$b} || $a cmp $b } keys %distance) . " | @parts";
};

# ------------------------------------------------------------------------------------------------------------------ calendar

sub days_since { my ($year, $month, $day) = @_; ($year, $month) = $month < 3 ? ($year - 1, $month + 12) : ($year, $month); return 365 * $year + int($year / 4) - int($year / 100) + int($year / 400) + int((153 * ($month - 3) + 2) / 5) + $day - 719469 }

use constant { DAY => 86_400, NAMES => [qw(Thu Fri Sat Sun Mon Tue Wed)] };
use constant WEEK => 7 * DAY;

tool calendar => sub {
    my ($date) = @_;
    my ($year, $month, $day) = $date =~ /^(\d+)-(\d+)-(\d+)$/ or return "no date: $date";
    my $days = days_since($year, $month, $day);
    my @back = gmtime $days * DAY;
    my $leap = $year % 4 == 0 && ($year % 100 != 0 || $year % 400 == 0) ? 'leap' : 'common';
    return sprintf '%d %s %04d-%02d-%02d %d %s %d', $days, NAMES->[$days % 7], $back[5] + 1900, $back[4] + 1, $back[3], $back[7] + 1, $leap, int $days * DAY / WEEK;
};

tool clock => sub { my ($at) = @_; my @local = localtime($at // time); return sprintf '%04d-%02d-%02dT%02d:%02d:%02d %s %d', $local[5] + 1900, $local[4] + 1, @local[3, 2, 1, 0], scalar gmtime($at // time), time };

# ---------------------------------------------------------------------------------------------------------------- what is left

tool evaluated => sub {
    my ($operator) = @_;
    my $code = eval "sub { return \$_[0] $operator \$_[1] }" or return 'no operator: ' . ($@ =~ /syntax error/ ? 'syntax error' : $@);
    no strict 'refs';
    *{"LogKit::Made::$_->[0]"} = $_->[1] for [six => sub { return $code->(2, 3) }], [name => sub { return (caller 0)[3] }];
    return join ' ', LogKit::Made::six(), defined &LogKit::Made::six ? 'defined' : 'not', LogKit::Made->can('seven') ? 'seven' : 'no seven', &{"LogKit::Made::six"}();
};

tool flow => sub {
    my @said;
    OUTER: for my $i (1 .. 4) {
        for my $j (1 .. 4) {
            next OUTER if $j > $i;
            last OUTER if $i * $j > 8;
            push @said, "$i$j" if ($i + $j) % 2;
        }
    }
    my $tries = 0;
    { $tries++; redo if $tries < 3 }
    my $n = 5;
    do { push @said, $n } while (--$n > 3);
    do { push @said, "u$n" } until ++$n >= 5;
    unless ($n == 5) { push @said, 'wrong' } elsif ($tries == 3) { push @said, 'three' } else { push @said, 'other' }
    push @said, $_ % 2 ? 'odd' : $_ ? 'even' : 'zero' for 0 .. 2;
    my ($low, $high) = (0, 100);
    while ($low < $high) { my $middle = ($low + $high) >> 1; if ($middle**2 < 2000) { $low = $middle + 1 } else { $high = $middle } }
    return "@said $tries $low " . (0 || 'or') . ('' // 'defined') . (1 && 'and') . (1 xor 1 ? 'xor' : 'same') . (6 & 3) . (6 | 3) . (6 ^ 3) . (1 << 4) . (~5 & 0xff);
};

my @units = <DATA>;
chomp @units;

tool units => sub { my ($bytes) = @_; my $at = 0; while ($bytes >= 1024 && $at < $#units) { $bytes /= 1024; $at++ } return sprintf '%.1f %s of %d', $bytes, $units[$at], scalar @units };

tool trail => sub { return trail() };

1;

__DATA__
B
KiB
MiB
GiB
