using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Yarp.FastCgi.Gateway.Hosting;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>What goes wrong on a first try, in words that say what to do: on the terminal and in the log, with a real php-fpm where it is the one that complains.</summary>
public sealed class ActionableErrorTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Log_FileThatPhpFpmDoesNotFind_IsExplainedWithItsNameOnceAMinute()
    {
        await using var fpm = await PhpFpm.StartAsync();
        var missing = Path.Combine(fpm.Files.Root, "missing.php");
        await using var gateway = await StartAsync(fpm, missing);

        for (var i = 0; i < 2; i++)
        {
            using var response = await gateway.Http1.GetAsync("/").WithinAsync("the answer");
            Assert.Equal((HttpStatusCode.NotFound, "File not found.\n"), (response.StatusCode, await response.Content.ReadAsStringAsync()));
        }

        var logged = await gateway.Logs.WaitForAsync("'File not found.'");
        Assert.Contains($"it has no SCRIPT_FILENAME {missing}. There is no such file on this machine either", logged, StringComparison.Ordinal);
        await gateway.Logs.WaitForAsync("Primary script unknown");
        Assert.False(gateway.Logs.Contains("'File not found.'"));
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    [UnsupportedOSPlatform("windows")]
    public async Task Log_FileThatPhpFpmMayNotReach_SaysThatItIsThere()
    {
        await using var fpm = await PhpFpm.StartAsync();
        var script = fpm.Files.Write("closed/index.php", "<?php echo 'ok';");
        File.SetUnixFileMode(Path.GetDirectoryName(script)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var gateway = await StartAsync(fpm, script);

        using var response = await gateway.Http1.GetAsync("/").WithinAsync("the answer");

        // Without privileges php-fpm runs as the owner of the directory, and reads it.
        Assert.Equal(Environment.IsPrivilegedProcess ? HttpStatusCode.NotFound : HttpStatusCode.OK, response.StatusCode);
        if (Environment.IsPrivilegedProcess)
        {
            Assert.Contains("The file is there on this machine", await gateway.Logs.WaitForAsync("'File not found.'"), StringComparison.Ordinal);
        }
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Log_FileThatPhpFpmWillNotRun_IsExplainedWithItsNameAndTheDirective()
    {
        await using var fpm = await PhpFpm.StartAsync();
        var text = fpm.Files.Write("notes.txt", "no script");
        await using var gateway = await StartAsync(fpm, text);

        using var response = await gateway.Http1.GetAsync("/").WithinAsync("the answer");

        Assert.Equal((HttpStatusCode.Forbidden, "Access denied.\n"), (response.StatusCode, await response.Content.ReadAsStringAsync()));
        var logged = await gateway.Logs.WaitForAsync("'Access denied.'");
        Assert.Contains($"SCRIPT_FILENAME {text} has the extension '.txt', which security.limit_extensions of its pool does not list", logged, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notes_RootWithoutIndexAndNoApplication_NameBoth()
    {
        var socket = _directory.Combine("none.sock");

        var notes = await StartupNotes.FindAsync(new GatewayOptions { Root = _directory.Path, App = Yarp.FastCgi.Client.FastCgiEndpoint.Parse($"unix:{socket}") });

        Assert.Equal(
            [
                $"{_directory.Path} has no index.php: a path that ends in a slash, / itself too, is 404",
                $"No connection to unix:{socket}: no such socket (is the application running, and does it listen on this path?).",
            ],
            notes);
    }

    [Fact]
    public async Task Notes_EverythingThere_AreNone()
    {
        await using var application = ScriptedResponder.StartWithoutAccepting();
        _directory.WriteFile("index.php", "");

        Assert.Empty(await StartupNotes.FindAsync(new GatewayOptions { Root = _directory.Path, App = Yarp.FastCgi.Client.FastCgiEndpoint.Parse(application.Address) }));
    }

    [Theory]
    [InlineData(SocketError.AccessDenied, "CAP_NET_BIND_SERVICE")]
    [InlineData(SocketError.AddressNotAvailable, "none of this machine")]
    public void Start_AddressThatCannotBeHad_SaysWhatToDo(SocketError error, string expected)
        => Assert.Contains(expected, Assert.Single(StartupErrors.Describe(new SocketException((int)error))), StringComparison.Ordinal);

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Start_UserWithoutPrivileges_IsToldAboutThePortAndTheSocket()
    {
        await using var application = ScriptedResponder.StartWithoutAccepting();
        File.SetUnixFileMode(application.EndPoint.ToString()!, UnixFileMode.None);

        var (_, closed) = await RunAsNobodyAsync("ping", application.Address);
        var (exitCode, port) = await RunAsNobodyAsync("--app", application.Address, "--listen", "http://127.0.0.1:80");

        Assert.Contains("permission denied", closed, StringComparison.Ordinal);
        Assert.Matches("(the socket is 0000 |the directory '.*' is 0700 )", closed);
        Assert.Equal(1, exitCode);
        Assert.Contains("error: Cannot listen: permission denied for user", port, StringComparison.Ordinal);
    }

    /// <summary>A gateway without privileges.</summary>
    private static async Task<(int ExitCode, string Errors)> RunAsNobodyAsync(params string[] args)
    {
        const string Nobody = "65534";
        // Only root can become somebody else, and only root needs to.
        string[] become = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--bounding-set", "-all"] : ["env"];
        var start = new ProcessStartInfo(become[0], [.. become[1..], "dotnet", Path.Combine(AppContext.BaseDirectory, "Yarp.FastCgi.Gateway.dll"), .. args])
        {
            WorkingDirectory = "/",
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync().WithinAsync(string.Create(CultureInfo.InvariantCulture, $"the errors of process {process.Id}"));
        await process.WaitForExitAsync().WithinAsync("the gateway to end");
        return (process.ExitCode, errors + await output);
    }

    private Task<RunningGateway> StartAsync(PhpFpm fpm, string script) => RunningGateway.StartAsync("--config", _directory.WriteFile(
        "gateway.json",
        $$"""
        {
          "ReverseProxy": {
            "Routes": { "site": { "ClusterId": "php", "Match": { "Path": "/{**path}" } } },
            "Clusters": {
              "php": { "Transport": "fastcgi", "FastCgi": { "ScriptFile": "{{script}}" }, "Destinations": { "fpm": { "Address": "{{fpm.Address}}" } } }
            }
          }
        }
        """));
}
