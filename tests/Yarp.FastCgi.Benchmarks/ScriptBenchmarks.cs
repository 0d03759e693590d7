using BenchmarkDotNet.Attributes;
using Yarp.FastCgi.Cgi;

namespace Yarp.FastCgi.Benchmarks;

/// <summary>From the path to the script: by looking at files, and without.</summary>
public class ScriptBenchmarks
{
    private string _root = "";
    private FastCgiApplication? _files;
    private FastCgiApplication? _noFiles;

    [GlobalSetup]
    public void Setup()
    {
        _root = Directory.CreateTempSubdirectory("bench").FullName;
        Directory.CreateDirectory(Path.Combine(_root, "shop"));
        File.WriteAllText(Path.Combine(_root, "index.php"), "");
        File.WriteAllText(Path.Combine(_root, "shop", "list.php"), "");
        var options = new FastCgiClusterOptions { DocumentRoot = _root, TryFiles = ["{path}", "{path}/index.php", "/index.php"] };
        _files = BrowserRequest.CreateApplication(options);
        _noFiles = BrowserRequest.CreateApplication(options with { CheckFile = FastCgiCheckFile.Off, TryFiles = null });
    }

    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(_root, recursive: true);

    [Benchmark]
    public bool FileThatIsThere() => _files!.Scripts.Resolve("/shop/list.php").Outcome == ScriptOutcome.Script;

    [Benchmark]
    public async Task<bool> FileThatWasThereAMomentAgo() => (await _files!.FindScriptAsync("/shop/list.php").ConfigureAwait(false)).Outcome == ScriptOutcome.Script;

    [Benchmark]
    public bool FrontController() => _files!.Scripts.Resolve("/shop/item/42").Outcome == ScriptOutcome.Script;

    [Benchmark]
    public bool NoFileIsLookedAt() => _noFiles!.Scripts.Resolve("/shop/list.php/item/42").Outcome == ScriptOutcome.Script;
}
