using System.Net.Sockets;

namespace Yarp.FastCgi.Testing;

/// <summary>
/// A real authorizer on a unix socket of its own: a Perl program on libfcgi (the FCGI module), as the FastCGI kits show it. It knows one user,
/// <c>ada</c> with the password <c>lovelace</c>, asks everybody else for a password, forbids <c>/admin</c>, and is killed inside its answer to <c>/die</c>.
/// </summary>
public sealed class PerlAuthorizer : IAsyncDisposable
{
    private const string Program = """
        use strict;
        use FCGI;
        use MIME::Base64;

        my $socket = FCGI::OpenSocket($ARGV[0], 100);
        my %env;
        my $request = FCGI::Request(\*STDIN, \*STDOUT, \*STDERR, \%env, $socket);
        my $count = 0;
        while ($request->Accept() >= 0) {
            $count++;
            if ($env{FCGI_ROLE} ne 'AUTHORIZER') {
                print "Status: 500 Internal Server Error\r\n\r\nnot asked as an authorizer but as $env{FCGI_ROLE}";
                next;
            }
            if (grep { exists $env{$_} } qw(CONTENT_LENGTH PATH_INFO PATH_TRANSLATED SCRIPT_NAME)) {
                print "Status: 500 Internal Server Error\r\n\r\nasked with params that are not an authorizer's";
                next;
            }
            my ($credentials) = ($env{HTTP_AUTHORIZATION} // '') =~ /^Basic (\S+)$/;
            my ($user, $password) = split /:/, decode_base64($credentials // ''), 2;
            if ($env{DOCUMENT_URI} eq '/die') {
                print "Status: 200 OK\r\n\r\n";
                $request->Flush();
                kill 'KILL', $$;
            }
            if (($user // '') ne 'ada' or ($password // '') ne 'lovelace') {
                print STDERR "unknown user\n";
                print "Status: 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"perl\"\r\nContent-Type: text/plain\r\n\r\nWho are you?\n";
            } elsif ($env{DOCUMENT_URI} =~ m{^/admin(/|$)}) {
                print "Status: 403 Forbidden\r\nContent-Type: text/plain\r\n\r\nNot for $user.\n";
            } else {
                print "Status: 200 OK\r\nContent-Type: text/html\r\nVariable-AUTH_TYPE: Basic\r\nVariable-REMOTE_USER: $user\r\nVariable-REQUESTS: $count\r\n\r\nignored";
            }
        }
        """;

    private readonly TempDirectory _directory = new();
    private readonly UnixDomainSocketEndPoint _endPoint;
    private ChildProcess? _process;

    private PerlAuthorizer() => _endPoint = new UnixDomainSocketEndPoint(_directory.Combine("auth.sock"));

    /// <summary>Destination address.</summary>
    public string Address => $"unix:{_endPoint}";

    public static async Task<PerlAuthorizer> StartAsync()
    {
        var authorizer = new PerlAuthorizer();
        try
        {
            authorizer._process = ChildProcess.Start(ExternalProgram.Require(ExternalProgram.PerlFcgi), [authorizer._directory.WriteFile("authorizer.pl", Program), authorizer._endPoint.ToString()]);
            await authorizer._process.WaitUntilListeningAsync(authorizer._endPoint);
            return authorizer;
        }
        catch
        {
            await authorizer.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _directory.Dispose();
    }
}
