package JSON::XS;

use strict;
use warnings;
use Cpanel::JSON::XS ();

our $VERSION = '4.03';
our @ISA = ('Cpanel::JSON::XS');
our @EXPORT = @Cpanel::JSON::XS::EXPORT;
our @EXPORT_OK = @Cpanel::JSON::XS::EXPORT_OK;

Cpanel::JSON::XS->import(@EXPORT_OK);

1;
