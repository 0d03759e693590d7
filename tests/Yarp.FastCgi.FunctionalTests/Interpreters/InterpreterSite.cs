using System.Globalization;
using System.Text.RegularExpressions;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Interpreters;

/// <summary>A proxy that runs a real program.</summary>
internal sealed class InterpreterSite : IAsyncDisposable
{
    private readonly string _members;
    private readonly string _clusterFastCgi;
    private readonly string _cluster;

    private InterpreterSite(InterpreterProgram program, string members, string clusterFastCgi, string cluster)
    {
        Program = program;
        _members = members;
        _clusterFastCgi = clusterFastCgi;
        _cluster = cluster;
    }

    public InterpreterProgram Program { get; }

    public TestProxy Proxy { get; private set; } = null!;

    public HttpClient Client => Proxy.Client;

    /// <summary>The processes that were started, first to last.</summary>
    public IReadOnlyList<int> Started => [.. Proxy.Logs.Entries
        .Where(entry => entry.EventId.Name == "InterpreterStarted")
        .Select(entry => int.Parse(Regex.Match(entry.Message, "process ([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture))];

    /// <param name="program">A name of <see cref="InterpreterProgram"/>.</param>
    /// <param name="members">Further members of Interpreter.</param>
    /// <param name="clusterFastCgi">Members of the cluster's FastCgi object.</param>
    /// <param name="cluster">Further members of the cluster.</param>
    public static async Task<InterpreterSite> StartAsync(string program = InterpreterProgram.Python, string members = "", string clusterFastCgi = "", string cluster = "")
    {
        var site = new InterpreterSite(new InterpreterProgram(program), members, clusterFastCgi, cluster);
        try
        {
            site.Proxy = await TestProxy.StartAsync(site.Json());
            return site;
        }
        catch
        {
            site.Program.Dispose();
            throw;
        }
    }

    /// <summary>The configuration, with other members of Interpreter or with the same.</summary>
    public string Json(string? members = null) => new ProxyJson(Program.Address)
    {
        FastCgi = Program.Route,
        Destination = Program.Json(members ?? _members),
        ClusterFastCgi = _clusterFastCgi,
        Cluster = _cluster,
    }.ToString();

    /// <summary>What the program answers behind its process id.</summary>
    public async Task<string> AskAsync(string query) => (await AskWithIdAsync(query)).Text;

    public async Task<(int Id, string Text)> AskWithIdAsync(string query)
    {
        using var response = await Client.GetAsync(new Uri("/app?" + query, UriKind.Relative));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}\n{Proxy.Logs}");
        var parts = text.Split(' ', 2);
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1]);
    }

    public Task WaitForStartAsync(int count)
        => Proxy.Logs.WaitForAsync(_ => Started.Count >= count, $"{count} starts of the program");

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        Program.Dispose();
    }
}
