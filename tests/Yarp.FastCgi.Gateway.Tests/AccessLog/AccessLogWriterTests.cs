using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Gateway.AccessLog;
using Yarp.FastCgi.Gateway.Settings;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.AccessLog;

public sealed class AccessLogWriterTests : IDisposable
{
    private static readonly AccessLogEntry Entry = new()
    {
        Time = DateTimeOffset.UnixEpoch,
        Method = "GET",
        Scheme = "http",
        Host = "a",
        Target = "/",
        Protocol = "HTTP/1.1",
        StatusCode = 200,
        ResponseBytes = 1,
        Total = TimeSpan.Zero,
        Forwarding = new ForwardRecord(),
        Termination = Termination.Gateway,
        Phase = ForwardPhase.Request,
    };

    private readonly TempDirectory _directory = new();
    private readonly CapturedLogs _logs = new();
    private readonly ServiceProvider _services;
    private long _dropped;

    public AccessLogWriterTests() => _services = new ServiceCollection().AddMetrics().AddLogging(logging => logging.AddProvider(_logs)).BuildServiceProvider();

    public void Dispose()
    {
        _services.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Add_FullQueue_DropsCountsAndGoesOn()
    {
        using var listener = Listen();
        using var writer = Create(_directory.Combine("access.log"), queueLimit: 16);
        for (var i = 0; i < 20; i++)
        {
            writer.Add(Entry);
        }

        Assert.Equal(4, Interlocked.Read(ref _dropped));
        await writer.StartAsync(CancellationToken.None);
        await writer.StopAsync(CancellationToken.None);
        Assert.Equal(16, (await File.ReadAllLinesAsync(_directory.Combine("access.log"))).Length);
    }

    [Fact]
    public async Task Write_DiskThatIsFull_CountsComplainsAndTriesAgain()
    {
        using var listener = Listen();
        using var writer = Create("/dev/full", queueLimit: 16);
        await writer.StartAsync(CancellationToken.None);

        writer.Add(Entry);
        await Eventually.UntilAsync(() => Interlocked.Read(ref _dropped) == 1, "the first failure");
        writer.Add(Entry);
        await Eventually.UntilAsync(() => Interlocked.Read(ref _dropped) == 2, "the second failure");

        await writer.StopAsync(CancellationToken.None);
        await _logs.WaitForAsync("'/dev/full' (Gateway:AccessLog:Path) cannot be written to");
    }

    [Fact]
    public async Task Start_PathThatIsADirectory_NamesTheSetting()
    {
        using var writer = Create(_directory.Path, queueLimit: 16);

        var error = await Assert.ThrowsAsync<IOException>(() => writer.StartAsync(CancellationToken.None));

        Assert.StartsWith($"'Gateway:AccessLog:Path': cannot write to '{_directory.Path}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Path", "relative.log", "'Gateway:AccessLog:Path': 'relative.log' is neither stdout nor the absolute path of a file.")]
    [InlineData("Format", "xml", "'Gateway:AccessLog:Format' is 'xml', but must be Common, Combined or Json.")]
    [InlineData("QueueLimit", "1", "'Gateway:AccessLog:QueueLimit' is '1', but must be an integer from 16 to 1000000 (requests).")]
    [InlineData("RequestHeaders", "cookie", "'Gateway:AccessLog:RequestHeaders' has 'cookie', which is never logged.")]
    [InlineData("Redact:0", "a b", "'Gateway:AccessLog:Redact:0' is 'a b', but must be a name without blanks.")]
    [InlineData("Format", "Json", "'Gateway:AccessLog:Path' is missing: the file to write to, or stdout.")]
    [InlineData("Level", "x", "'Gateway:AccessLog:Level' is not a known option: use Format, Path, QueueLimit, Redact or RequestHeaders.")]
    public void Read_WrongOption_NamesKeyAndValue(string key, string value, string expected)
        => Assert.Contains(expected, Assert.Throws<AggregateException>(() => Read(new() { [key] = value })).InnerExceptions.Select(error => error.Message));

    private AccessLogWriter Create(string path, int queueLimit) => new(
        Read(new() { ["Path"] = path, ["QueueLimit"] = queueLimit.ToString(System.Globalization.CultureInfo.InvariantCulture) }),
        new AccessLogMetrics(_services.GetRequiredService<IMeterFactory>()),
        TimeProvider.System,
        _services.GetRequiredService<ILogger<AccessLogWriter>>());

    private static AccessLogOptions Read(Dictionary<string, string?> values)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values.Select(entry => KeyValuePair.Create($"Gateway:AccessLog:{entry.Key}", entry.Value))).Build();
        var gateway = new SectionReader(configuration.GetSection("Gateway"));
        var options = AccessLogOptions.Read(gateway.Section("AccessLog"));
        return gateway.Complete() is { Count: > 0 } errors ? throw new AggregateException(errors) : options;
    }

    private MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, meters) =>
            {
                if (instrument.Name == "gateway.access_log.dropped" && instrument.Meter.Scope == _services.GetRequiredService<IMeterFactory>())
                {
                    meters.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _dropped, count));
        listener.Start();
        return listener;
    }
}
