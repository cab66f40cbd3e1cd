package Sys::Hostname;

# The machine's name, which the sandboxed Perl has no way to.

use strict;
use warnings;

require Exporter;
our @ISA = ('Exporter');
our $VERSION = '1.25';
our @EXPORT = ('hostname');

sub hostname { return (Correlog::Driver::ask('hostname'))[0] }

1;
