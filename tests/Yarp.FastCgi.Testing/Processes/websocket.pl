#!/usr/bin/perl
# A WebSocket application over FastCGI with libfcgi, as it runs behind lighttpd: the opening handshake (RFC 6455, section 4.2), then
# frames over STDIN and STDOUT. Messages are echoed; some texts are commands. Arguments: the socket's path, the number of processes.
use strict;
use warnings;
use Digest::SHA qw(sha1_base64);
use FCGI;
use POSIX ();

use constant { CONTINUATION => 0, TEXT => 1, BINARY => 2, CLOSE => 8, PING => 9, PONG => 10 };

my ($path, $processes) = @ARGV;
my $socket = FCGI::OpenSocket($path, 100);
my @children;
$SIG{TERM} = sub { kill TERM => @children; exit 0 };
for (1 .. $processes) {
    my $child = fork // die "fork: $!";
    if ($child == 0) {
        $SIG{TERM} = 'DEFAULT';
        run();
        exit 0;
    }
    push @children, $child;
}
1 while wait != -1;

sub run {
    my %params;
    my $request = FCGI::Request(\*STDIN, \*STDOUT, \*STDERR, \%params, $socket);
    while ($request->Accept() >= 0) {
        my $key = $params{HTTP_SEC_WEBSOCKET_KEY} // '';
        if ($params{REQUEST_METHOD} eq 'GET' && $params{SERVER_PROTOCOL} eq 'HTTP/1.1' && lc($params{HTTP_UPGRADE} // '') eq 'websocket'
            && lc($params{HTTP_CONNECTION} // '') eq 'upgrade' && ($params{HTTP_SEC_WEBSOCKET_VERSION} // '') eq '13' && length $key) {
            my ($protocol) = split /\s*,\s*/, $params{HTTP_SEC_WEBSOCKET_PROTOCOL} // '';
            print "Status: 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
                'Sec-WebSocket-Accept: ', sha1_base64($key . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'), "=\r\n",
                defined $protocol ? "Sec-WebSocket-Protocol: $protocol\r\n" : '', "\r\n";
            $request->Flush();
            converse($request, \%params);
        } else {
            print "Status: 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nContent-Type: text/plain\r\n\r\nThis is a WebSocket application.\n";
        }
        $request->Finish();
    }
}

sub converse {
    my ($request, $params) = @_;
    my ($opcode, $message) = (CONTINUATION, '');
    while (my ($final, $type, $payload) = receive()) {
        if ($type == CLOSE) {
            # The answer to a Close repeats its status (section 5.5.1). An application that has begun to close is done.
            answer($request, CLOSE, substr $payload, 0, 2);
            return;
        }
        if ($type == PING) {
            answer($request, PONG, $payload);
            next;
        }
        next if $type == PONG;
        $opcode = $type unless $type == CONTINUATION;
        $message .= $payload;
        next unless $final;
        if ($opcode == TEXT && $message =~ /^param (\w+)$/) {
            answer($request, TEXT, $params->{$1} // '(none)');
        } elsif ($opcode == TEXT && $message eq 'close') {
            answer($request, CLOSE, pack('n', 4000) . 'as you like');
            receive();
            return;
        } elsif ($opcode == TEXT && $message eq 'die') {
            POSIX::_exit(1);
        } else {
            answer($request, $opcode, $message);
        }
        $message = '';
    }
}

# One frame of the client: whether it is the last of its message, its opcode, its content unmasked. Nothing at the end of STDIN.
sub receive {
    my $head = input(2) // return;
    my ($first, $second) = unpack 'CC', $head;
    my $length = $second & 0x7F;
    $length = unpack 'n', input(2) // return if $length == 126;
    $length = unpack 'Q>', input(8) // return if $length == 127;
    my $mask = input(4) // return;
    my $payload = input($length) // return;
    return ($first & 0x80, $first & 0x0F, $payload ^ substr $mask x ($length / 4 + 1), 0, $length);
}

sub input {
    my ($length) = @_;
    my $bytes = '';
    while (length $bytes < $length) {
        read(STDIN, $bytes, $length - length $bytes, length $bytes) or return undef;
    }
    return $bytes;
}

sub answer {
    my ($request, $opcode, $payload) = @_;
    my $length = length $payload;
    print pack('C', 0x80 | $opcode), $length < 126 ? pack('C', $length) : $length < 65536 ? pack('Cn', 126, $length) : pack('CQ>', 127, $length), $payload;
    $request->Flush();
}
