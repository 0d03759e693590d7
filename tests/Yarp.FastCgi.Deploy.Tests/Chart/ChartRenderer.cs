using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Deploy.Tests.Chart;

/// <summary>Renders deploy/helm/yarp-fastcgi: with helm where it is installed, else with the program in tests/helm, which is made of helm's parts.</summary>
public sealed class ChartRenderer : IAsyncLifetime, IDisposable
{
    private static readonly string Chart = Repository.Path("deploy", "helm", "yarp-fastcgi");

    private readonly TempDirectory _directory = new();
    private string? _program = ExternalProgram.Find(ExternalProgram.Helm);

    public async Task InitializeAsync()
    {
        if (_program is null && ExternalProgram.Find(ExternalProgram.ChartEngine) is { } go)
        {
            _program = _directory.Combine("helm");
            var environment = new Dictionary<string, string> { ["GO111MODULE"] = "off", ["GOPATH"] = "/usr/share/gocode", ["CGO_ENABLED"] = "0" };
            var build = await ProgramRun.StartAsync(go, ["build", "-o", _program, "main.go"], environment, Repository.Path("tests", "helm"));
            _ = build.Succeeded();
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _directory.Dispose();

    /// <param name="values">YAML, over the chart's own values.</param>
    /// <param name="release">Name of the release.</param>
    /// <param name="kubeVersion">The cluster's version.</param>
    internal async Task<ProgramRun> RunAsync(string values, string release = "yarp-fastcgi", string kubeVersion = "1.36.0")
    {
        using var directory = new TempDirectory();
        string[] arguments = ["template", release, Chart, "--namespace", "default", "--values", directory.WriteFile("values.yaml", values), "--kube-version", kubeVersion];
        return await ProgramRun.StartAsync(_program!, arguments);
    }
}
