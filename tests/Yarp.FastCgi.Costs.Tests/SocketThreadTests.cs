using System.Globalization;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Costs.Tests;

/// <summary>The gateway runs requests on the threads that wait for sockets: none of them may wait for a disk (Gateway:InlineScheduling).</summary>
public sealed class SocketThreadTests : IDisposable
{
    private const string SocketThread = ".NET Sockets";
    private const string Gateway = """ "DrainDelay": "00:00:00", "AccessLog": { "Path": "{log}" } """;
    private const string FileCalls = "%file,read,write,pread64,pwrite64,fsync,fdatasync,ftruncate,fallocate,flock,close";

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RequiresProgramFact(ExternalProgram.Strace)]
    public async Task Site_FilesOfEveryKind_AreAskedForOnOtherThreads()
    {
        const string Site = """ "Sites": { "site": { "Root": "{root}", "App": "{app}", "FastCgi": { {options}, "CheckFileMaxAge": "00:01:00" } } } """;
        await CheckAsync($$""" "Gateway": { {{Gateway}}, {{Site}} } """, static client => client.GetStringAsync("/style.css"));
    }

    [RequiresProgramFact(ExternalProgram.Strace)]
    public async Task Route_FilesOfEveryKind_AreAskedForOnOtherThreads()
    {
        const string Proxy = """
            "ReverseProxy": {
              "Routes": { "app": { "ClusterId": "app", "Match": { "Path": "{**path}" }, "FastCgi": { "DocumentRoot": "{root}", {options}, "CheckFileMaxAge": "00:00:00" } } },
              "Clusters": { "app": { "Transport": "fastcgi", "Destinations": { "a": { "Address": "{app}" } } } }
            }
            """;
        await CheckAsync($$""" "Gateway": { {{Gateway}} }, {{Proxy}} """, static _ => Task.FromResult("css"));
    }

    private async Task CheckAsync(string configuration, Func<HttpClient, Task<string>> getStyle)
    {
        var root = _directory.CreateDirectory("root");
        _directory.WriteFile("root/index.php", "");
        _directory.WriteFile("root/page.php", "");
        _directory.WriteFile("root/style.css", "css");
        _directory.WriteFile("root/sub/index.php", "");
        _directory.WriteFile("files/sent.txt", "sent");
        await using var application = ScriptedResponder.Start(request => request["SCRIPT_NAME"] == "/page.php"
            ? Reply.Text("").WithHeader("X-Sendfile", _directory.Combine("files/sent.txt"))
            : Reply.Text("script"));
        using var gateway = await StartGatewayAsync(configuration, root, application.Address);
        using var client = new HttpClient { BaseAddress = new Uri(gateway.Url), Timeout = TestTimeout.Default };
        Assert.Equal("script", await client.GetStringAsync("/"));

        using var trace = await SystemCallTrace.StartListAsync(gateway.Id, _directory.Combine("calls"), FileCalls + ",sendto,sendmsg");
        Assert.Equal("script", await client.GetStringAsync("/front/controller"));
        Assert.Equal("script", await client.GetStringAsync("/front/controller"));
        Assert.Equal("script", await client.GetStringAsync("/sub/"));
        Assert.Equal("css", await getStyle(client));
        Assert.Equal("sent", await client.GetStringAsync("/page.php"));

        // The first leaves the thread for the script, the second for its body alone where the script is remembered.
        Assert.Equal("script", await PostAsync(client, "/index.php", "x"));
        Assert.Equal("script", await PostAsync(client, "/index.php", new string('x', 100_000)));

        Assert.Equal("script", await PostAsync(client, "/missing/", "x"));
        var socketThreads = SocketThreads(gateway.Id);
        var calls = await trace.StopListAsync();

        // It would prove nothing if requests did not run there, or asked for no files.
        Assert.Contains(calls, call => IsOf(socketThreads, call) && IsOfSocket(call));
        foreach (var file in new[] { "/root/front/controller", "/root/sub/index.php", "/files/sent.txt", "/spool/" })
        {
            Assert.Contains(calls, call => call.Contains(file, StringComparison.Ordinal));
        }

        Assert.Equal("", string.Join('\n', calls.Where(call => IsOf(socketThreads, call) && IsBegun(call) && !IsOfSocket(call) && !IsOfRandom(call))));
    }

    private static async Task<string> PostAsync(HttpClient client, string path, string body)
    {
        using var response = await client.PostAsync(path, new StringContent(body));
        return await response.Content.ReadAsStringAsync();
    }

    private static HashSet<string> SocketThreads(int processId)
        => [.. Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/task")).Where(task => File.ReadAllText(Path.Combine(task, "comm")).Trim() == SocketThread).Select(task => Path.GetFileName(task))];

    private static bool IsOf(HashSet<string> threads, string call) => threads.Contains(call.Split(' ', 2)[0]);

    // Neither blocks: sockets say that they would, and random bytes are always there.
    private static bool IsOfSocket(string call) => call.Contains("<socket:[", StringComparison.Ordinal);

    private static bool IsOfRandom(string call) => call.Contains("</dev/urandom>", StringComparison.Ordinal);

    private static bool IsBegun(string call) => !call.Contains(" resumed>", StringComparison.Ordinal);

    private Task<GatewayProcess> StartGatewayAsync(string configuration, string root, string application)
    {
        var options = $$"""
            "TryFiles": [ "{path}", "{path}/", "/index.php" ], "XSendfileRoots": "{{_directory.Combine("files")}}", "ResolveRootSymlink": true,
            "RequestBufferSize": 1000, "RequestBufferDirectory": "{{_directory.CreateDirectory("spool")}}"
            """;
        var file = _directory.WriteFile(
            "gateway.json",
            "{ " + configuration
                .Replace("{options}", options, StringComparison.Ordinal)
                .Replace("{root}", root, StringComparison.Ordinal)
                .Replace("{app}", application, StringComparison.Ordinal)
                .Replace("{log}", _directory.Combine("access.log"), StringComparison.Ordinal) + " }");
        return GatewayProcess.StartAsync(_directory.Path, "--config", file, "--listen", "http://127.0.0.1:0");
    }
}
