using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Yarp.FastCgi.Gateway.Demo;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Demo;

/// <summary>The demo application as a FastCGI peer: record by record, through its socket.</summary>
public sealed class DemoApplicationTests : IAsyncLifetime, IDisposable
{
    private readonly DemoApplication _application = new();

    private string Directory => Path.GetDirectoryName(_application.Endpoint.UnixPath)!;

    public Task InitializeAsync() => _application.StartAsync(CancellationToken.None);

    public Task DisposeAsync() => _application.StopAsync(CancellationToken.None).WithinAsync("the application to stop");

    public void Dispose() => _application.Dispose();

    [Fact]
    public void StartAsync_Always_MakesAPrivateDirectory()
    {
        Assert.True(File.Exists(_application.Endpoint.UnixPath));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                File.GetUnixFileMode(Directory));
        }
    }

    [Fact]
    public async Task Dispose_AfterStop_RemovesTheDirectory()
    {
        using var application = new DemoApplication();
        await application.StartAsync(CancellationToken.None);
        var directory = Path.GetDirectoryName(application.Endpoint.UnixPath);

        await application.StopAsync(CancellationToken.None);
        application.Dispose();

        Assert.False(System.IO.Directory.Exists(directory));
    }

    [Fact]
    public async Task StopAsync_OpenConnection_IsClosed()
    {
        using var application = new DemoApplication();
        await application.StartAsync(CancellationToken.None);
        using var connection = await ConnectAsync(application);
        await connection.SendAsync(Wire.BeginRequest());

        await application.StopAsync(CancellationToken.None).WithinAsync("the application to stop");

        Assert.Empty((await connection.ReadToEndAsync()).Bytes);
    }

    [Fact]
    public async Task Request_WithoutKeepConnection_IsAnsweredAndClosed()
    {
        using var connection = await ConnectAsync(_application);
        await connection.SendAsync(Request(flags: 0, id: 513));

        var records = Parse((await connection.ReadToEndAsync()).Bytes);

        Assert.All(records, record => Assert.Equal(513, record.RequestId));
        Assert.Equal([WireRecordType.Stdout, WireRecordType.Stdout, WireRecordType.EndRequest], records.Select(record => record.Type));
        Assert.Empty(records[1].Content);
        Assert.Equal(new byte[8], records[2].Content);
    }

    [Fact]
    public async Task Request_WithKeepConnection_LeavesItOpenForTheNext()
    {
        using var connection = await ConnectAsync(_application);
        for (ushort id = 1; id <= 2; id++)
        {
            await connection.SendAsync(Request(flags: 1, id));
            Assert.Equal(id, (await ReadResponseAsync(connection))[0].RequestId);
        }
    }

    [Fact]
    public async Task Request_InSingleBytes_IsAnswered()
    {
        using var connection = await ConnectAsync(_application);
        foreach (var one in Request(stdin: ["body"]))
        {
            await connection.SendAsync(new[] { one });
        }

        Assert.Equal("body", (await ReadJsonAsync(connection)).GetProperty("body").GetProperty("text").GetString());
    }

    [Fact]
    public async Task Body_LongerThanTheEcho_IsCountedHashedAndCut()
    {
        var part = new string('x', 60_000);
        using var connection = await ConnectAsync(_application);
        await connection.SendAsync(Request(stdin: [part, part, part]));

        var body = (await ReadJsonAsync(connection)).GetProperty("body");

        Assert.Equal(180_000, body.GetProperty("length").GetInt64());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(part + part + part))), body.GetProperty("sha256").GetString());
        Assert.Equal(65_536, body.GetProperty("text").GetString()!.Length);
        Assert.True(body.GetProperty("truncated").GetBoolean());
    }

    [Fact]
    public async Task Response_LongerThanARecord_ComesInSeveral()
    {
        using var connection = await ConnectAsync(_application);
        await connection.SendAsync(Request(stdin: [new string('<', 60_000)]));

        var records = Parse((await connection.ReadToEndAsync()).Bytes);

        Assert.True(records.Count(record => record.Type == WireRecordType.Stdout) > 2);
        Assert.Equal(60_000, ParseJson(records).GetProperty("body").GetProperty("text").GetString()!.Length);
    }

    [Fact]
    public async Task Head_Request_IsAnsweredWithoutBody()
    {
        using var connection = await ConnectAsync(_application);
        await connection.SendAsync(Request(pairs: [("REQUEST_METHOD", "HEAD")]));

        var stdout = Stdout(Parse((await connection.ReadToEndAsync()).Bytes));

        Assert.EndsWith("\n\n", stdout, StringComparison.Ordinal);
        Assert.Contains("Content-Length: ", stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Param_SentTwice_HasItsLastValue()
    {
        using var connection = await ConnectAsync(_application);
        await connection.SendAsync(Request(pairs: [("A", "1"), ("A", "2")]));

        Assert.Equal("2", (await ReadJsonAsync(connection)).GetProperty("params").GetProperty("A").GetString());
    }

    [Theory]
    [InlineData("caf\u00e9", "utf-8")]
    [InlineData("caf\u00e9", "iso-8859-1")]
    public async Task Param_BeyondAscii_IsReadAsUtf8OrLatin1(string value, string encoding)
    {
        var bytes = Encoding.GetEncoding(encoding).GetBytes(value);
        using var connection = await ConnectAsync(_application);
        await connection.SendAsync(Wire.Join(
            Wire.BeginRequest(),
            Wire.Params(("HTTP_ACCEPT", "application/json")),
            Wire.Record(WireRecordType.Params, [1, (byte)bytes.Length, (byte)'A', .. bytes]),
            Wire.Params(),
            Wire.Record(WireRecordType.Stdin, "")));

        Assert.Equal(value, (await ReadJsonAsync(connection)).GetProperty("params").GetProperty("A").GetString());
    }

    [Fact]
    public async Task AbortRequest_Running_EndsTheRequest()
    {
        using var connection = await ConnectAsync(_application);
        await connection.SendAsync(Wire.Join(Wire.BeginRequest(flags: 1), Wire.Params(), Wire.Record(WireRecordType.AbortRequest, "")));

        Assert.Equal([0, 0, 0, 1, 0, 0, 0, 0], Assert.Single(await ReadResponseAsync(connection)).Content);
        await connection.SendAsync(Request(flags: 1));
        Assert.NotEmpty(await ReadResponseAsync(connection));
    }

    [Fact]
    public async Task BeginRequest_OtherRole_IsRefused()
    {
        using var connection = await ConnectAsync(_application);
        await connection.SendAsync(Wire.BeginRequest(role: 3));

        Assert.Equal([0, 0, 0, 0, 3, 0, 0, 0], Assert.Single(Parse((await connection.ReadToEndAsync()).Bytes)).Content);
    }

    [Fact]
    public async Task BeginRequest_SecondAtTheSameTime_IsRefusedAndTheFirstGoesOn()
    {
        using var connection = await ConnectAsync(_application);
        await connection.SendAsync(Wire.Join(Wire.BeginRequest(requestId: 1), Wire.BeginRequest(requestId: 2), Wire.Params(), Wire.Record(WireRecordType.Stdin, "")));

        var records = Parse((await connection.ReadToEndAsync()).Bytes);

        Assert.Equal(2, records[0].RequestId);
        Assert.Equal([0, 0, 0, 0, 1, 0, 0, 0], records[0].Content);
        Assert.Equal(WireRecordType.EndRequest, records[^1].Type);
        Assert.Equal(1, records[^1].RequestId);
    }

    [Fact]
    public async Task GetValues_Always_IsAnsweredWithUnknownType()
    {
        using var connection = await ConnectAsync(_application);
        await connection.SendAsync(Wire.Join(Wire.Record(WireRecordType.GetValues, "\u000d\0FCGI_MPXS_CONNS", requestId: 0), Request()));

        var record = Parse((await connection.ReadToEndAsync()).Bytes)[0];

        Assert.Equal(WireRecordType.UnknownType, record.Type);
        Assert.Equal([(byte)WireRecordType.GetValues, 0, 0, 0, 0, 0, 0, 0], record.Content);
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Malformed_Input_ClosesTheConnectionWithoutAnswer(string what, byte[] input)
    {
        using var connection = await ConnectAsync(_application);
        await connection.SendAsync(input);

        var (bytes, _) = await connection.ReadToEndAsync();

        Assert.True(bytes.Length == 0, what);

        using var next = await ConnectAsync(_application);
        await next.SendAsync(Request());
        Assert.NotEmpty((await next.ReadToEndAsync()).Bytes);
    }

    public static TheoryData<string, byte[]> Malformed()
    {
        var begin = Wire.BeginRequest();
        var tooMany = Wire.Join([.. Enumerable.Repeat(Wire.Record(WireRecordType.Params, new byte[60_000]), 3)]);
        return new TheoryData<string, byte[]>
        {
            { "version 2", Wire.Record(WireRecordType.BeginRequest, new byte[8], version: 2) },
            { "short BEGIN_REQUEST", Wire.Record(WireRecordType.BeginRequest, new byte[7]) },
            { "long BEGIN_REQUEST", Wire.Record(WireRecordType.BeginRequest, new byte[9]) },
            { "second BEGIN_REQUEST of the same id", Wire.Join(begin, begin) },
            { "pair beyond the stream's end", Wire.Join(begin, Wire.Record(WireRecordType.Params, [1, 9, (byte)'A']), Wire.Params(), Wire.Record(WireRecordType.Stdin, "")) },
            { "PARAMS without bound", Wire.Join(begin, tooMany) },
            { "PARAMS behind their end", Wire.Join(begin, Wire.Params(), Wire.Params(("A", "1"))) },
            { "STDIN before the end of PARAMS", Wire.Join(begin, Wire.Record(WireRecordType.Stdin, "x")) },
            { "STDOUT from the client", Wire.Join(begin, Wire.Record(WireRecordType.Stdout, "x")) },
        };
    }

    private static async Task<TestSocket> ConnectAsync(DemoApplication application)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(application.Endpoint.UnixPath!));
        return new TestSocket(socket);
    }

    private static byte[] Request(byte flags = 0, ushort id = 1, (string Name, string Value)[]? pairs = null, string[]? stdin = null)
    {
        var records = new List<byte[]>
        {
            Wire.BeginRequest(flags: flags),
            Wire.Params([("HTTP_ACCEPT", "application/json"), .. pairs ?? []]),
            Wire.Params(),
        };
        records.AddRange((stdin ?? []).Select(content => Wire.Record(WireRecordType.Stdin, content, padding: 3)));
        records.Add(Wire.Record(WireRecordType.Stdin, ""));
        foreach (var record in records)
        {
            record[2] = (byte)(id >> 8);
            record[3] = (byte)id;
        }

        return Wire.Join([.. records]);
    }

    private static async Task<List<Record>> ReadResponseAsync(TestSocket connection)
    {
        var records = new List<Record>();
        do
        {
            var header = await connection.ReadExactlyAsync(8);
            records.AddRange(Parse([.. header, .. await connection.ReadExactlyAsync((header[4] << 8 | header[5]) + header[6])]));
        }
        while (records[^1].Type != WireRecordType.EndRequest);

        return records;
    }

    private static List<Record> Parse(byte[] bytes)
    {
        var records = new List<Record>();
        for (var position = 0; position < bytes.Length;)
        {
            Assert.Equal(1, bytes[position]);
            var length = bytes[position + 4] << 8 | bytes[position + 5];
            var content = bytes[(position + 8)..(position + 8 + length)];
            records.Add(new Record((WireRecordType)bytes[position + 1], bytes[position + 2] << 8 | bytes[position + 3], content));
            position += 8 + length + bytes[position + 6];
        }

        return records;
    }

    private static string Stdout(List<Record> records)
        => Encoding.UTF8.GetString([.. records.Where(record => record.Type == WireRecordType.Stdout).SelectMany(record => record.Content)]);

    private static JsonElement ParseJson(List<Record> records)
    {
        var stdout = Stdout(records);
        return JsonElement.Parse(stdout[(stdout.IndexOf("\n\n", StringComparison.Ordinal) + 2)..]);
    }

    private static async Task<JsonElement> ReadJsonAsync(TestSocket connection) => ParseJson(Parse((await connection.ReadToEndAsync()).Bytes));

    private sealed record Record(WireRecordType Type, int RequestId, byte[] Content);
}
