package Cpanel::JSON::XS;

# The same interface on JSON::PP, which Perl brings along: slower, and the same results. JSON::XS stands on it, too.

use strict;
use warnings;
use JSON::PP ();

our $VERSION = '4.38';
our @ISA = ('JSON::PP');

require Exporter;
our @EXPORT = qw(encode_json decode_json to_json from_json);
our @EXPORT_OK = (@EXPORT, qw(is_bool true false));

sub import { goto &Exporter::import }

sub encode_json { return JSON::PP::encode_json($_[0]) }
sub decode_json { return JSON::PP::decode_json($_[0]) }
sub to_json { return JSON::PP->new->encode($_[0]) }
sub from_json { return JSON::PP->new->decode($_[0]) }
sub true () { return $JSON::PP::true }
sub false () { return $JSON::PP::false }
sub is_bool { return ref $_[-1] eq 'JSON::PP::Boolean' }

1;
