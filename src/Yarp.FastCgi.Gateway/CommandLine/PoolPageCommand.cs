using System.CommandLine;
using System.Globalization;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Gateway.Requests;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>The commands <c>ping</c> and <c>status</c>: what php-fpm itself answers at a path of a pool.</summary>
internal sealed class PoolPageCommand : Command
{
    private readonly Argument<FastCgiEndpoint> _address = CallOptions.CreateAddress();
    private readonly Option<double> _timeout = CallOptions.CreateTimeout();
    private readonly Option<string> _path;
    private readonly string _directive;
    private readonly Func<PoolPage, string> _format;

    private PoolPageCommand(string name, string description, string path, string directive, Func<PoolPage, string> format)
        : base(name, description)
    {
        _path = new Option<string>("--path") { HelpName = "PATH", Description = $"{directive} of the pool.", DefaultValueFactory = _ => path };
        _directive = directive;
        _format = format;
        Arguments.Add(_address);
        Options.Add(_path);
        Options.Add(_timeout);
        SetAction(RunAsync);
    }

    public static PoolPageCommand CreatePing() => new(
        "ping",
        "Ask php-fpm whether it answers. Exit code 0 when it does.",
        "/ping",
        "ping.path",
        static page => string.Create(CultureInfo.InvariantCulture, $"{page.Body} ({page.Elapsed.TotalMilliseconds:0.0} ms)"));

    public static PoolPageCommand CreateStatus() => new(
        "status",
        "Show php-fpm's status page; ?full, ?json and what else php-fpm knows may follow the path. Exit code 0 when there is one.",
        "/status",
        "pm.status_path",
        static page => page.Body);

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var endpoint = result.GetValue(_address)!;
        var path = result.GetValue(_path)!;
        var error = result.InvocationConfiguration.Error;
        try
        {
            var page = await PoolPage.GetAsync(endpoint, path, TimeSpan.FromSeconds(result.GetValue(_timeout)), cancellationToken);
            if (page.StatusCode == StatusCodes.Status200OK)
            {
                result.InvocationConfiguration.Output.WriteLine(_format(page));
                return ExitCode.Success;
            }

            error.WriteLine($"error: {endpoint} answers {page.StatusCode} to {path}. Does the pool have this path ({_directive})?");
        }
        catch (Exception exception) when (exception is FastCgiException or TimeoutException)
        {
            error.WriteLine($"error: {exception.Message}");
        }

        return ExitCode.Failure;
    }
}
