# What code of rules may ask for of SEC's own, beside %main::context_list: main::log_msg() is here, and what is not says
# so by its name, where SEC would have a value and Perl would else have an empty one. Loaded behind driver.pl.

package Correlog::Internals;

use strict;
use warnings;

# The names that SEC 2.9.4 has in its symbol table. Code of rules runs in main::SEC, where the same names are its own.
my %names = (
    '@' => [qw(
        actioncopyfunc actionsubstfunc calendar conffilepat conffiles events execactionfunc groupnames input_buffer input_sources
        inputfilepat inputfiles maincfiles matchegrpfunc matchfunc matchrulefunc pending_events processrulefunc readbuffer
    )],
    '%' => [qw(
        cfset2cfile children config_ltimes config_mtimes config_options configuration corr_list dyninputfiles event_buffer
        input_buffers inputsrc output_files output_tcpconn output_tcpsock output_udgram output_udpsock output_ustrconn
        output_ustream pmatch_cache terminate variables
    )],
    '$' => [qw(
        JSONAVAIL SEC_COPYRIGHT SEC_LICENSE SEC_USAGE SEC_VERSION SYSLOGAVAIL WIN32 blocksize bufpos bufsize check_timeout
        childterm cleantime debuglevel debuglevelinc detach dumpdata dumpfile dumpfjson dumpfts evstoresize fromstart help
        input_timeout int_context intcontextname intcontexts intevents jointbuf keepopen lastcleanuptime lastconfigload
        logfile loghandle logopen openlog pidfile poll_timeout processedlines quoting rcfile_status refresh reopen_timeout
        ruleperf rwfifo sec_options sigreceived socket_timeout softrefresh startuptime syslogf syslogopen tail testonly
        timeout_script timevar_update umask username version
    )],
);

sub place { my (undef, $file, $line) = caller 1; return "$file line $line" }

sub absent {
    my ($self, $place) = @_;
    die "SEC's $self->{name} is not there in correlog, where code has \%main::context_list and main::log_msg() of SEC's own, at $place.\n";
}

sub TIEHASH  { return bless { name => $_[1] }, $_[0] }
sub TIEARRAY { return bless { name => $_[1] }, $_[0] }

# Whatever is done with a hash or a list of SEC's.
for my $method (qw(STORE EXISTS DELETE CLEAR FIRSTKEY NEXTKEY SCALAR FETCHSIZE STORESIZE EXTEND PUSH POP SHIFT UNSHIFT SPLICE FETCH)) {
    no strict 'refs';
    *$method = sub { absent($_[0], place()) };
}

# A single value may be a variable of the code's own, in a module that is in the package main: it is, once it is set.
package Correlog::Internals::Scalar;

sub TIESCALAR { return bless { name => $_[1] }, $_[0] }

sub FETCH {
    my ($self) = @_;
    return $self->{value} if exists $self->{value};
    Correlog::Internals::absent($self, Correlog::Internals::place());
}

sub STORE {
    my ($self, $value) = @_;
    Correlog::Driver::ask('log', 3, "Perl code sets SEC's $self->{name}, which changes nothing in correlog, at "
        . Correlog::Internals::place()) if !exists $self->{value};
    $self->{value} = $value;
    return;
}

package Correlog::Internals;

{
    no strict 'refs';
    tie @{"main::$_"}, 'Correlog::Internals',         "\@main::$_" for @{ $names{'@'} };
    tie %{"main::$_"}, 'Correlog::Internals',         "\%main::$_" for @{ $names{'%'} };
    tie ${"main::$_"}, 'Correlog::Internals::Scalar', "\$main::$_" for @{ $names{'$'} };
}

# Behind an error of a call of a function of SEC's.
sub explained {
    my ($error) = @_;
    $error =~ s/^(Undefined subroutine &main::\w+ called at .*)\n/$1 (of SEC's own there is main::log_msg)\n/;
    return $error;
}

# A level and the parts of a message.
sub main::log_msg { my ($level, @parts) = @_; Correlog::Driver::ask('log', $level, join ' ', @parts); return }

my %levels = (LOG_WITHOUT_LEVEL => 0, LOG_CRIT => 1, LOG_ERR => 2, LOG_WARN => 3, LOG_NOTICE => 4, LOG_INFO => 5, LOG_DEBUG => 6);
for my $name (keys %levels) {
    my $level = $levels{$name};
    no strict 'refs';
    *{"main::$name"} = sub () { $level };
}

1;
