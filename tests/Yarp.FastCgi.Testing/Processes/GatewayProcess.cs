using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Yarp.FastCgi.Testing;

/// <summary>The gateway as a process of its own. The project that uses it refers to the gateway's, and so has its files beside its own.</summary>
public sealed class GatewayProcess : IDisposable
{
    private readonly Process _process;

    private GatewayProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>What it told at its start.</summary>
    public string Report { get; private set; } = "";

    /// <summary>The first address that it listens on.</summary>
    public string Url => Urls.First();

    /// <summary>Every address that it listens on, in the order in which they were given.</summary>
    public IEnumerable<string> Urls => Told("listens on");

    /// <summary>The address of the management listener.</summary>
    public string ManagementUrl => Told("management").Single();

    /// <summary>The descriptors that it has open.</summary>
    public int CountDescriptors() => Directory.GetFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/fd")).Length;

    /// <summary>Starts a gateway that stops without delay.</summary>
    public static Task<GatewayProcess> StartAsync(string currentDirectory, params string[] args)
        => StartAsync(currentDirectory, new Dictionary<string, string> { ["Gateway__DrainDelay"] = "00:00:00" }, args);

    public static Task<GatewayProcess> StartAsync(string currentDirectory, IReadOnlyDictionary<string, string> environment, params string[] args)
        => StartCommandAsync(currentDirectory, environment, ["dotnet", Path.Combine(AppContext.BaseDirectory, "Yarp.FastCgi.Gateway.dll"), .. args]);

    /// <summary>Starts a gateway that may open no more than so many descriptors.</summary>
    public static Task<GatewayProcess> StartAsync(string currentDirectory, int descriptors, params string[] args)
        => StartCommandAsync(
            currentDirectory,
            new Dictionary<string, string>(),
            ["prlimit", string.Create(CultureInfo.InvariantCulture, $"--nofile={descriptors}:{descriptors}"), "dotnet", Path.Combine(AppContext.BaseDirectory, "Yarp.FastCgi.Gateway.dll"), .. args]);

    private static async Task<GatewayProcess> StartCommandAsync(string currentDirectory, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = currentDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The build server's own settings are not for the gateway.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ASPNETCORE_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var gateway = new GatewayProcess(Process.Start(start)!);
        try
        {
            await gateway.ReadReportAsync();
            return gateway;
        }
        catch
        {
            gateway.Dispose();
            throw;
        }
    }

    /// <summary>SIGTERM.</summary>
    public async Task SignalAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WithinAsync("the signal to be sent");
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <summary>What /readyz says.</summary>
    public async Task<HttpStatusCode> ReadinessAsync()
    {
        using var client = new HttpClient { Timeout = TestTimeout.Default };
        using var response = await client.GetAsync(new Uri(ManagementUrl + "/readyz"));
        return response.StatusCode;
    }

    public Task WaitForNotReadyAsync()
        => Eventually.UntilAsync(async () => await ReadinessAsync() == HttpStatusCode.ServiceUnavailable, "the gateway to be not ready");

    /// <summary>Waits until connections to the public addresses are refused.</summary>
    public Task WaitForClosedListenersAsync() => Eventually.UntilAsync(
        async () =>
        {
            foreach (var url in Urls)
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await socket.ConnectAsync(IPAddress.Loopback, new Uri(url).Port);
                    return false;
                }
                catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
                {
                }
                catch (SocketException)
                {
                    // The listener closed between the handshake and the accept.
                    return false;
                }
            }

            return true;
        },
        "the gateway to refuse connections");

    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().WithinAsync("the gateway to end");
        return _process.ExitCode;
    }

    /// <summary>SIGTERM, and the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        await SignalAsync();
        return await WaitForExitAsync();
    }

    /// <summary>What it logged behind its report, once it has ended.</summary>
    public Task<string> ReadLogAsync() => _process.StandardOutput.ReadToEndAsync().WithinAsync("the rest of the gateway's output");

    /// <summary>What it wrote to standard error, once it has ended.</summary>
    public Task<string> ReadErrorsAsync() => _process.StandardError.ReadToEndAsync().WithinAsync("the rest of the gateway's errors");

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private IEnumerable<string> Told(string topic)
        => Regex.Matches(Regex.Match(Report, $"^  {topic} .*$", RegexOptions.Multiline).Value, @"http://127\.0\.0\.1:\d+").Select(match => match.Value);

    private async Task ReadReportAsync()
    {
        while (!Report.Contains("Press Ctrl+C", StringComparison.Ordinal))
        {
            var line = await _process.StandardOutput.ReadLineAsync().WithinAsync("the gateway to report its start");
            Report += line is not null
                ? line + "\n"
                : throw new InvalidOperationException($"The gateway ended: {await _process.StandardError.ReadToEndAsync()}");
        }
    }
}
