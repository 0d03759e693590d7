using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.CommandLine;

public sealed class GatewayCommandTests : IDisposable
{
    private const string Socket = "unix:/run/php/php-fpm.sock";

    private readonly TempDirectory _directory = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private GatewayOptions? _options;

    [Theory]
    [InlineData]
    [InlineData("run")]
    public async Task RunAsync_NoOption_RunsWithoutAny(params string[] args)
    {
        Assert.Equal(0, await RunAsync(args));
        Assert.NotNull(_options);
        Assert.Null(_options.Root);
        Assert.Null(_options.App);
        Assert.Null(_options.ConfigFile);
        Assert.Empty(_options.Listen);
        Assert.Null(_options.Management);
    }

    [Theory]
    [InlineData]
    [InlineData("run")]
    public async Task RunAsync_RootAndApp_ReadsBoth(params string[] args)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, _directory.Path) + "/";

        Assert.Equal(0, await RunAsync([.. args, "--root", relative, "--app", Socket]));
        Assert.Equal(_directory.Path, _options!.Root);
        Assert.Equal(Socket, _options.App!.ToString());
    }

    [Fact]
    public async Task RunAsync_SeveralListen_ReadsThemInOrder()
    {
        Assert.Equal(0, await RunAsync(["--listen", "http://localhost:1", "--listen", "h2c://localhost:2"]));
        Assert.Equal(["http://localhost:1", "http://localhost:2"], _options!.Listen.Select(address => address.Url));
    }

    [Fact]
    public async Task RunAsync_Management_ReadsItsAddress()
    {
        Assert.Equal(0, await RunAsync(["--management", "http://127.0.0.1:9180"]));
        Assert.Equal("http://127.0.0.1:9180", _options!.Management!.Url);
    }

    [Fact]
    public async Task RunAsync_ManagementWithoutAddress_IsOnTheLoopbackInterface()
    {
        Assert.Equal(0, await RunAsync(["--management", "--listen", "http://localhost:1"]));
        Assert.Equal("http://127.0.0.1:9180", _options!.Management!.Url);
        Assert.Single(_options.Listen);
    }

    [Fact]
    public async Task RunAsync_Config_ReadsItsFullPath()
    {
        var file = _directory.WriteFile("gateway.json", "{}");

        Assert.Equal(0, await RunAsync(["--config", Path.GetRelativePath(Environment.CurrentDirectory, file)]));
        Assert.Equal(file, _options!.ConfigFile);
    }

    [Fact]
    public async Task RunAsync_ExitCodeOfTheGateway_IsReturned()
        => Assert.Equal(7, await new GatewayCommand((_, _) => Task.FromResult(7)).RunAsync([], _output, _error));

    [Fact]
    public async Task RunAsync_RootWithoutApp_SaysWhatToAdd()
        => Assert.Equal(
            "error: --root needs the application that runs its scripts: add --app ADDRESS, for example --app unix:/run/php/php-fpm.sock, or --interpreter COMMAND to have it started",
            await FailAsync("--root", _directory.Path));

    [Theory]
    [InlineData("--app", Socket)]
    [InlineData("--root", "/")]
    public async Task RunAsync_ConfigTogetherWithAnApplication_NamesBothOptions(string other, string value)
        => Assert.Equal(
            $"error: --config cannot be combined with {other}: the configuration file names the applications itself",
            await FailAsync("--config", _directory.WriteFile("gateway.json", "{}"), other, value));

    [Fact]
    public async Task RunAsync_RootIsNoDirectory_IsRefused()
        => Assert.Equal("error: --root: there is no directory '/does/not/exist'", await FailAsync("--app", Socket, "--root", "/does/not/exist"));

    [Fact]
    public async Task RunAsync_ConfigIsNoFile_IsRefused()
        => Assert.Equal($"error: --config: there is no file '{_directory.Path}'", await FailAsync("--config", _directory.Path));

    [Fact]
    public async Task RunAsync_BadAppAddress_ShowsTheRightForms()
    {
        var error = await FailAsync("--app", "http://localhost:9000");

        Assert.StartsWith("error: --app: ", error, StringComparison.Ordinal);
        Assert.Contains("'http://localhost:9000'", error, StringComparison.Ordinal);
        Assert.Contains("fastcgi://host[:9000]", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_BadListen_ShowsTheRightForms()
        => Assert.StartsWith("error: --listen: 'localhost' is not an address", await FailAsync("--listen", "localhost"), StringComparison.Ordinal);

    [Theory]
    [InlineData("9180")]
    [InlineData("https://localhost:9180")]
    [InlineData("h2c://localhost:9180")]
    public async Task RunAsync_BadManagement_ShowsTheRightForm(string url)
        => Assert.Equal(
            $"error: --management: '{url}' is not an address of the management listener: use http://HOST:PORT", await FailAsync("--management", url));

    [Theory]
    [InlineData("--root")]
    [InlineData("--app", "")]
    [InlineData("--config", "/a", "--config", "/b")]
    [InlineData("--unknown")]
    [InlineData("stray")]
    public async Task RunAsync_WrongArguments_NameTheArgument(params string[] args)
        => Assert.Contains(args[0], await FailAsync(args), StringComparison.Ordinal);

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("run", "--help")]
    [InlineData("--root", "/does/not/exist", "--help")]
    public async Task RunAsync_Help_ShowsOptionsAndExamples(params string[] args)
    {
        Assert.Equal(0, await RunAsync(args));
        Assert.Null(_options);
        foreach (var expected in new[] { "--root <DIR>", "--app <ADDRESS>", "--listen <URL>", "--management <URL>", "--config <FILE>", "Examples:" })
        {
            Assert.Contains(expected, _output.ToString(), StringComparison.Ordinal);
        }
    }

    public void Dispose()
    {
        _directory.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    private Task<int> RunAsync(string[] args)
        => new GatewayCommand((options, _) =>
        {
            _options = options;
            return Task.FromResult(0);
        }).RunAsync(args, _output, _error);

    /// <summary>The only line that the failure prints besides the pointer to the help.</summary>
    private async Task<string> FailAsync(params string[] args)
    {
        Assert.Equal(2, await RunAsync(args));
        Assert.Null(_options);
        Assert.Empty(_output.ToString());
        var lines = _error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("See --help.", lines[^1]);
        return Assert.Single(lines[..^1]);
    }
}
