package Socket;

# Addresses and constants. The sandboxed Perl opens no sockets: socket, connect and the like fail.

use strict;
use warnings;

require Exporter;
our @ISA = ('Exporter');
our $VERSION = '2.038';

my %constants = (
    AF_UNSPEC => 0, AF_UNIX => 1, AF_INET => 2, AF_INET6 => 10, PF_UNSPEC => 0, PF_UNIX => 1, PF_INET => 2, PF_INET6 => 10,
    SOCK_STREAM => 1, SOCK_DGRAM => 2, SOCK_RAW => 3, SOL_SOCKET => 1, SO_REUSEADDR => 2, SO_TYPE => 3, SO_ERROR => 4,
    SO_BROADCAST => 6, SO_SNDBUF => 7, SO_RCVBUF => 8, SO_KEEPALIVE => 9, SO_LINGER => 13, SO_REUSEPORT => 15, SO_PROTOCOL => 38,
    SO_DOMAIN => 39, MSG_PEEK => 2, MSG_NOSIGNAL => 0x4000, SOMAXCONN => 4096, INADDR_BROADCAST => "\xff" x 4, IPPROTO_IP => 0, IPPROTO_TCP => 6, IPPROTO_UDP => 17, IPPROTO_IPV6 => 41, TCP_NODELAY => 1,
    SHUT_RD => 0, SHUT_WR => 1, SHUT_RDWR => 2, INADDR_ANY => "\0\0\0\0", INADDR_LOOPBACK => "\x7f\0\0\1", INADDR_NONE => "\xff" x 4,
);
for my $name (keys %constants) {
    my $value = $constants{$name};
    no strict 'refs';
    *{$name} = sub () { $value };
}

our @EXPORT = (keys %constants, qw(inet_aton inet_ntoa pack_sockaddr_in unpack_sockaddr_in sockaddr_in pack_sockaddr_un unpack_sockaddr_un sockaddr_un sockaddr_family));
our @EXPORT_OK = qw(inet_pton inet_ntop CRLF);
our %EXPORT_TAGS = (all => [@EXPORT, @EXPORT_OK], DEFAULT => \@EXPORT, crlf => ['CRLF']);

sub CRLF () { "\r\n" }

# Names are not looked up.
sub inet_aton {
    my ($text) = @_;
    $text = '127.0.0.1' if $text eq 'localhost';
    my @parts = $text =~ /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/ or return undef;
    return undef if grep { $_ > 255 } @parts;
    return pack 'C4', @parts;
}

sub inet_ntoa { return join '.', unpack 'C4', $_[0] }
sub pack_sockaddr_in { return pack 'S n a4 x8', 2, $_[0], $_[1] }
sub unpack_sockaddr_in { return (unpack 'S n a4', $_[0])[1, 2] }
sub sockaddr_in { return wantarray && @_ == 1 ? unpack_sockaddr_in(@_) : pack_sockaddr_in(@_) }
sub pack_sockaddr_un { return pack 'S a108', 1, $_[0] }
sub unpack_sockaddr_un { return (unpack 'S Z*', $_[0])[1] }
sub sockaddr_un { return wantarray ? unpack_sockaddr_un(@_) : pack_sockaddr_un(@_) }
sub sockaddr_family { return unpack 'S', $_[0] }

sub inet_pton {
    my ($family, $text) = @_;
    return inet_aton($text) if $family == 2;
    return undef if $family != 10 || $text !~ /^[0-9a-fA-F:.]+$/ || $text =~ /::.*::|:::/;
    $text =~ s/(\d+\.\d+\.\d+\.\d+)$/my $v4 = inet_aton($1); return undef unless defined $v4; sprintf '%x:%x', unpack 'n2', $v4/e;
    my ($head, $tail) = split /::/, $text, 2;
    my @head = split /:/, $head;
    my @tail = defined $tail ? split(/:/, $tail) : ();
    my $missing = 8 - @head - @tail;
    return undef if defined $tail ? $missing < 1 : $missing != 0;
    return undef if grep { !/^[0-9a-fA-F]{1,4}$/ } @head, @tail;
    return pack 'n8', (map { hex } @head), (0) x $missing, map { hex } @tail;
}

sub inet_ntop {
    my ($family, $bytes) = @_;
    return inet_ntoa($bytes) if $family == 2;
    my $text = join ':', map { sprintf '%x', $_ } unpack 'n8', $bytes;
    my ($longest) = sort { length $b <=> length $a } $text =~ /((?:\b0(?::|$)){2,})/g;
    $text =~ s/:?\Q$longest\E/::/ if defined $longest;
    return $text;
}

1;
