package Sys::Syslog;

# Messages to the system's log go through logger(1), where code may run programs; elsewhere to correlog's own log.

use strict;
use warnings;

require Exporter;
our @ISA = ('Exporter');
our $VERSION = '0.36';
our @EXPORT = qw(openlog closelog setlogmask setlogsock syslog LOG_MASK LOG_UPTO);
our @EXPORT_OK = @EXPORT;

my @LEVELS = qw(emerg alert crit err warning notice info debug);
my @FACILITIES = qw(kern user mail daemon auth syslog lpr news uucp cron authpriv ftp);
my %level = map { $LEVELS[$_] => $_ } 0 .. $#LEVELS;
@level{qw(panic error warn)} = (0, 3, 4);
my %facility = map { $FACILITIES[$_] => $_ << 3 } 0 .. $#FACILITIES;
$facility{"local$_"} = (16 + $_) << 3 for 0 .. 7;

our %EXPORT_TAGS = (standard => \@EXPORT, macros => []);
for my $name (keys %level, keys %facility) {
    my $value = exists $level{$name} ? $level{$name} : $facility{$name};
    no strict 'refs';
    *{'LOG_' . uc $name} = sub () { $value };
    push @EXPORT_OK, 'LOG_' . uc $name;
    push @{ $EXPORT_TAGS{macros} }, 'LOG_' . uc $name;
}
our %LOGOPT = (LOG_PID => 1, LOG_CONS => 2, LOG_ODELAY => 4, LOG_NDELAY => 8, LOG_NOWAIT => 16, LOG_PERROR => 32);
for my $name (keys %LOGOPT) {
    my $value = $LOGOPT{$name};
    no strict 'refs';
    *{$name} = sub () { $value };
    push @EXPORT_OK, $name;
    push @{ $EXPORT_TAGS{macros} }, $name;
}
push @{ $EXPORT_TAGS{macros} }, qw(LOG_MASK LOG_UPTO);

my ($ident, $default, $mask) = ('perl', 'user', 255);

sub openlog { my ($name, undef, $facility) = @_; $ident = $name; $default = named($facility) if defined $facility; return 1 }
sub closelog { return 1 }
sub setlogsock { return 1 }
sub setlogmask { my $before = $mask; $mask = $_[0] if $_[0]; return $before }
sub LOG_MASK { return 1 << $_[0] }
sub LOG_UPTO { return (1 << ($_[0] + 1)) - 1 }

sub named {
    my ($text) = @_;
    return (grep { $facility{$_} == ($text & ~7) } keys %facility)[0] if $text =~ /^\d+$/;
    $text =~ s/^log_//i;
    return lc $text;
}

sub syslog {
    my ($priority, $format, @values) = @_;
    my ($severity, $place) = ('notice', $default);
    if ($priority =~ /^\d+$/) {
        $severity = $LEVELS[$priority & 7];
        $place = named($priority) if $priority > 7;
    }
    else {
        for my $word (split /[|\s,]+/, lc $priority) {
            $word =~ s/^log_//;
            if (exists $level{$word}) { $severity = $LEVELS[$level{$word}] }
            elsif (exists $facility{$word}) { $place = $word }
            else { die "syslog: invalid level/facility: $word\n" }
        }
    }
    return 1 unless $mask & 1 << $level{$severity};
    my $error = "$!";
    $format =~ s/(?<!%)((?:%%)*)%m/$1 . $error =~ s{%}{%%}gr/ge;
    my $text = @values ? sprintf $format, @values : $format;
    chomp $text;
    return Correlog::Overrides::run('system', 'logger', '-t', $ident, '-p', "$place.$severity", '--', $text) // '' eq '' ? 1 : '';
}

1;
