using System.CommandLine;
using System.Globalization;
using System.Text;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Gateway.Requests;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>The command <c>request</c>: one FastCGI request from the terminal.</summary>
internal sealed class RequestCommand : Command
{
    private readonly Argument<FastCgiEndpoint> _address = CallOptions.CreateAddress();
    private readonly Option<double> _timeout = CallOptions.CreateTimeout();
    private readonly Option<string?> _script = new("--script") { HelpName = "FILE", Description = "The script to run (SCRIPT_FILENAME). Without it the application gets the path as PATH_INFO." };
    private readonly Option<string?> _root = new("--root") { HelpName = "DIR", Description = "DOCUMENT_ROOT. Default: the directory of the script." };
    private readonly Option<string> _uri = new("--uri") { HelpName = "URI", Description = "Path and query (REQUEST_URI).", DefaultValueFactory = static _ => "/" };
    private readonly Option<string?> _method = new("--method") { HelpName = "METHOD", Description = "The method. Default: GET, and POST with a body." };
    private readonly Option<string[]> _headers = new("--header") { HelpName = "NAME:VALUE", Description = "A header field; repeat it for more." };
    private readonly Option<string[]> _params = new("--param") { HelpName = "NAME=VALUE", Description = "A param as it stands, in place of the one of that name; repeat it for more." };
    private readonly Option<string?> _body = new("--body") { HelpName = "TEXT", Description = "The body (STDIN)." };
    private readonly Option<string?> _bodyFile = new("--body-file") { HelpName = "FILE", Description = "The same, from a file." };
    private readonly Option<bool> _raw = new("--raw") { Description = "Write STDOUT of the application to standard output and its STDERR to standard error, byte for byte, and nothing else." };

    public RequestCommand()
        : base("request", "Send one request to a FastCGI application, and show the params, STDOUT, STDERR and the app status.")
    {
        Arguments.Add(_address);
        Options.Add(_script);
        Options.Add(_root);
        Options.Add(_uri);
        Options.Add(_method);
        Options.Add(_headers);
        Options.Add(_params);
        Options.Add(_body);
        Options.Add(_bodyFile);
        Options.Add(_raw);
        Options.Add(_timeout);
        Validators.Add(result =>
        {
            RequirePairs(result.GetValue(_headers), ':', header => result.AddError($"--header: '{header}' is not NAME:VALUE"));
            RequirePairs(result.GetValue(_params), '=', param => result.AddError($"--param: '{param}' is not NAME=VALUE"));
            if (result.GetValue(_bodyFile) is { } file && !File.Exists(file))
            {
                result.AddError($"{_bodyFile.Name}: there is no file '{file}'");
            }
        });
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var description = Describe(result);
        var parameters = description.ToParams();
        var call = new FastCgiCall(result.GetValue(_address)!, TimeSpan.FromSeconds(result.GetValue(_timeout)));
        var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
        try
        {
            if (result.GetValue(_raw))
            {
                await using var stdout = Console.OpenStandardOutput();
                await using var stderr = Console.OpenStandardError();
                await call.RunAsync(parameters, description.Body, stdout, stderr, cancellationToken);
            }
            else
            {
                await ShowAsync(call, parameters, description.Body, output, cancellationToken);
            }

            return ExitCode.Success;
        }
        catch (Exception exception) when (exception is FastCgiException or TimeoutException)
        {
            error.WriteLine($"error: {exception.Message}");
            return ExitCode.Failure;
        }
    }

    private static async Task ShowAsync(FastCgiCall call, IReadOnlyList<KeyValuePair<string, string>> parameters, ReadOnlyMemory<byte> body, TextWriter output, CancellationToken cancellationToken)
    {
        output.WriteLine("params");
        foreach (var (name, value) in parameters)
        {
            output.WriteLine($"  {name}={value}");
        }

        output.WriteLine();
        output.WriteLine("stdout");
        await using var stdout = new VisibleText(output);
        using var stderr = new MemoryStream();
        var ended = await call.RunAsync(parameters, body, stdout, stderr, cancellationToken);
        if (stdout.IsInsideLine)
        {
            output.WriteLine();
        }

        if (stderr.Length > 0)
        {
            output.WriteLine();
            output.WriteLine("stderr");
            await using var visible = new VisibleText(output);
            stderr.WriteTo(visible);
            if (visible.IsInsideLine)
            {
                output.WriteLine();
            }
        }

        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"app status {ended.End.AppStatus}, protocol status {ended.End.ProtocolStatus}; first byte after {ended.FirstByte?.TotalMilliseconds:0.0} ms, END_REQUEST after {ended.Elapsed.TotalMilliseconds:0.0} ms"));
    }

    private RequestDescription Describe(ParseResult result)
    {
        var body = result.GetValue(_bodyFile) is { } file ? File.ReadAllBytes(file) : Encoding.UTF8.GetBytes(result.GetValue(_body) ?? "");
        return new RequestDescription
        {
            Method = result.GetValue(_method) ?? (body.Length > 0 ? HttpMethods.Post : HttpMethods.Get),
            Uri = result.GetValue(_uri)!,
            Script = result.GetValue(_script) is { } script ? Path.GetFullPath(script) : null,
            Root = result.GetValue(_root) is { } root ? Path.GetFullPath(root) : null,
            Headers = [.. (result.GetValue(_headers) ?? []).Select(header => CallOptions.ReadPair(header, ':')!.Value)],
            Params = [.. (result.GetValue(_params) ?? []).Select(param => CallOptions.ReadPair(param, '=')!.Value)],
            Body = body,
        };
    }

    private static void RequirePairs(string[]? texts, char separator, Action<string> refuse)
    {
        foreach (var text in (texts ?? []).Where(text => CallOptions.ReadPair(text, separator) is null))
        {
            refuse(text);
        }
    }
}
