# A FastCGI application on descriptor 0 with libfcgi, as the FCGI module makes it.
use strict;
use FCGI;

my %env;
my $request = FCGI::Request(\*STDIN, \*STDOUT, \*STDERR, \%env);
while ($request->Accept() >= 0) {
    open my $executed, '>>', $ENV{EXECUTED} or die $!;
    syswrite $executed, "$env{QUERY_STRING}\n";
    close $executed;
    print "Content-Type: text/plain\r\n\r\n$$ $env{QUERY_STRING}";
}
