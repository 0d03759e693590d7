using System.CommandLine;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>The command <c>health</c>: asks the management listener of a running gateway, for images that have no other program to do it.</summary>
internal sealed class HealthCommand : Command
{
    private const string DefaultUrl = "http://127.0.0.1:9180/healthz";

    private readonly Argument<string> _url = new("url")
    {
        HelpName = "URL",
        Description = "What to ask of the management listener: /healthz for the process, /readyz for its applications too.",
        DefaultValueFactory = static _ => DefaultUrl,
    };

    private readonly Option<double> _timeout = CallOptions.CreateTimeout();

    public HealthCommand()
        : base("health", "Ask a running gateway's management listener. Exit code 0 when it answers with a status 2xx.")
    {
        _url.Validators.Add(static result =>
        {
            var text = result.GetValueOrDefault<string>();
            if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp)
            {
                result.AddError($"'{text}' is not a URL of the management listener: use {DefaultUrl}");
            }
        });
        Arguments.Add(_url);
        Options.Add(_timeout);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var url = result.GetValue(_url)!;
        var timeout = TimeSpan.FromSeconds(result.GetValue(_timeout));
        var error = result.InvocationConfiguration.Error;

        // The listener is this machine's: a proxy of the environment is not for it.
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = timeout };
        try
        {
            using var response = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return ExitCode.Success;
            }

            error.WriteLine($"error: {url} answers {(int)response.StatusCode}.");
        }
        catch (HttpRequestException exception)
        {
            error.WriteLine($"error: {url}: {exception.Message}");
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            error.WriteLine($"error: {url}: no answer within {timeout.TotalSeconds:0.###} s.");
        }

        return ExitCode.Failure;
    }
}
