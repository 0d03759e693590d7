using System.Text.Json;
using System.Text.Json.Nodes;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Configuration;
using Yarp.FastCgi.Gateway.Sites;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.CommandLine;

public sealed class ShowCommandTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _directory.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Show_Site_HasWhatItsPresetSetsAndItsRouteAndCluster()
    {
        Assert.Equal(0, await RunAsync("show", Write("""{ "Preset": "laravel", "Root": "/srv", "App": "unix:/run/a.sock", "Index": "a.php", "Params": { "PORT": "80" } }""")));

        var shown = JsonNode.Parse(_output.ToString())!;
        var site = shown["Gateway"]!["Sites"]!["site"]!;
        Assert.Equal("a.php", (string?)site["Index"]);
        Assert.Equal("/index.php", (string?)site["TryFiles"]![2]);
        var cluster = shown["ReverseProxy"]!["Clusters"]!["site"]!;
        Assert.Equal("/srv", (string?)cluster["FastCgi"]!["DocumentRoot"]);
        Assert.Equal("unix:/run/a.sock", (string?)cluster["Destinations"]!["app"]!["Address"]);
        Assert.Equal("80", (string?)cluster["FastCgi"]!["Params"]!["PORT"]);
        Assert.Equal(64 * 1024 * 1024, (int)shown["ReverseProxy"]!["Routes"]!["site"]!["MaxRequestBodySize"]!);
        Assert.DoesNotContain(SiteRules.MetadataKey, _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_Shown_ValidatesAndShowsTheSame()
    {
        await RunAsync("show", Write("""{ "Preset": "nextcloud", "Root": "/srv", "App": "unix:/run/a.sock" }"""));
        var first = JsonNode.Parse(_output.ToString())!;
        var own = new JsonObject { ["Gateway"] = first["Gateway"]!.DeepClone() };
        _output.GetStringBuilder().Clear();

        Assert.Equal(0, await RunAsync("show", _directory.WriteFile("again.json", own.ToJsonString())));

        Assert.Equal(first["ReverseProxy"]!.ToJsonString(), JsonNode.Parse(_output.ToString())!["ReverseProxy"]!.ToJsonString());
    }

    [Fact]
    public async Task Show_Secrets_AreRedacted()
    {
        await RunAsync(
            "show",
            Write("""
                {
                  "App": "unix:/run/a.sock",
                  "Params": { "DB_PASSWORD": "hunter2", "APP_KEY": "base64:hunter2", "API_TOKEN": "hunter2", "DATABASE_URL": "mysql://me:hunter2@db/x", "KEYBOARD": "qwerty", "APP_ENV": "prod" },
                  "Interpreter": { "Command": "php-cgi -b {address}", "Environment": { "AWS_SECRET_ACCESS_KEY": "hunter2" } }
                }
                """));

        var shown = _output.ToString();
        Assert.DoesNotContain("hunter2", shown, StringComparison.Ordinal);
        Assert.Contains("\"APP_ENV\": \"prod\"", shown, StringComparison.Ordinal);
        Assert.Contains("\"KEYBOARD\": \"qwerty\"", shown, StringComparison.Ordinal);
        Assert.Contains($"mysql://me:{SecretRedactor.Replacement}@db/x", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_WrongFile_HasTheErrorsOfValidate()
    {
        var file = Write("""{ "Preset": "none", "App": "unix:/run/a.sock" }""");

        Assert.Equal(1, await RunAsync("show", file));

        Assert.Empty(_output.ToString());
        Assert.StartsWith($"{file}: error: Site 'site': ", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Presets_WithoutAName_ListsAll()
    {
        Assert.Equal(0, await RunAsync("presets"));

        var lines = _output.ToString().TrimEnd().Split(Environment.NewLine);
        Assert.Equal(PresetCatalog.Names, lines.Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public async Task Presets_Name_ShowsItAsAFileThatCanBeUsed()
    {
        Assert.Equal(0, await RunAsync("presets", "wordpress"));
        using var json = JsonDocument.Parse(_output.ToString(), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        Assert.Equal("index.php", json.RootElement.GetProperty("Index")[0].GetString());
        var own = _directory.WriteFile("own.json", _output.ToString());

        Assert.Equal(0, await RunAsync("validate", Write($$"""{ "Preset": "{{own}}", "Root": "/srv", "App": "unix:/run/a.sock" }""")));
    }

    [Fact]
    public async Task Presets_UnknownName_SaysWhichThereAre()
    {
        Assert.Equal(1, await RunAsync("presets", "typo3"));

        Assert.Contains("there is no preset 'typo3': use cgit, django, ", _error.ToString(), StringComparison.Ordinal);
    }

    private string Write(string site) => _directory.WriteFile("gateway.json", $$"""{ "Gateway": { "Sites": { "site": {{site}} } } }""");

    private Task<int> RunAsync(params string[] args) => new GatewayCommand((_, _) => throw new InvalidOperationException("Nothing is to be served.")).RunAsync(args, _output, _error);
}
