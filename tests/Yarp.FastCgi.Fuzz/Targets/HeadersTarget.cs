using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Plain;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>The header fields of a request, one a line, as the params that <see cref="CgiParamsWriter"/> makes of them.</summary>
internal sealed class HeadersTarget : FuzzTarget
{
    private static readonly string[] UnderscoreHeaders = ["X_Api_Key", "A.b", "a_b"];

    private static readonly CgiRequest Request = new()
    {
        Method = "GET",
        Path = "/app.php",
        PathBase = "",
        MountPrefix = "",
        Query = "",
        RequestUri = "/app.php",
        Host = "host",
        Scheme = "http",
        Protocol = "HTTP/1.1",
        RemoteAddress = IPAddress.Loopback,
    };

    private static readonly ScriptLocation Script = ScriptLocation.Script("/app.php", "", "/srv/www/app.php", "/srv/www");

    private readonly RequestHeaderEncoding _latin1 = new(Options.Create(new KestrelServerOptions { RequestHeaderEncodingSelector = static _ => Encoding.Latin1 }));
    private readonly (FastCgiApplication Application, bool PassesAll, string[] UnderscoreNames)[] _applications =
    [
        Create(passesAll: true),
        Create(passesAll: false),
        Create(passesAll: true, UnderscoreHeaders),
        Create(passesAll: false, UnderscoreHeaders),
    ];

    public override string Name => "headers";

    public override IReadOnlyList<byte[]> Tokens { get; } = WireTokens.FromText(
        "Proxy: x\n", "Host: x\n", "Content-Length: 5\n", "Connection: close, X-A\n", "X-A: b\n", "X_A: b\n", "X.A: b\n", "X-Api-Key: 1\n", "X_Api_Key: 1\n",
        "X_api-key: 1\n", "a-b: 1\n", "a_b: 1\n", "A.b: 1\n", "Cookie: a=b\n", "Script-Filename: /etc/passwd\n", "HTTP_HOST: x\n", "HTTPS: on\n", "PHP-Value: x\n",
        "Redirect-Status: 1\n", "-: \n", "\n", ":", "-", "_", ".", ",", "\xE9", "\t", "\x7F");

    public override void Run(ReadOnlySpan<byte> input)
    {
        var fields = PlainHeaders.Read(Check.Latin1(input));
        foreach (var (application, passesAll, underscoreNames) in _applications)
        {
            Compare(application, fields, PlainHeaders.ToParams(fields, passesAll, underscoreNames));
        }
    }

    private void Compare(FastCgiApplication application, List<(string Name, string Value)> fields, SortedDictionary<string, string>? expected)
    {
        SortedDictionary<string, string> without = Write(application, []);
        SortedDictionary<string, string> with;
        try
        {
            with = Write(application, fields);
        }
        catch (AmbiguousHeaderException)
        {
            Check.That(expected is null, "Only two spellings of one name are refused");
            return;
        }

        Check.That(expected is not null, "Two spellings of one name are refused");
        foreach (var (name, value) in without)
        {
            Check.Same(value, with.GetValueOrDefault(name), "No field changes a param of the server");
            with.Remove(name);
        }

        Check.Same(Lines(expected), Lines(with), "Fields become the params that the documentation says");
    }

    private SortedDictionary<string, string> Write(FastCgiApplication application, List<(string Name, string Value)> fields)
    {
        // Like Kestrel's, and unlike those of a new context, these headers keep empty values.
        var headers = fields.GroupBy(field => field.Name, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => new StringValues([.. group.Select(field => field.Value)]), StringComparer.OrdinalIgnoreCase);
        var context = new DefaultHttpContext();
        context.Features.GetRequiredFeature<IHttpRequestFeature>().Headers = new HeaderDictionary(headers);

        using var writer = new RequestWriter();
        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: false);
        var parameters = new CgiParamsWriter(writer, application, _latin1, context);
        parameters.WriteRequest(Request, Script);
        parameters.WriteHeaders(context.Request.Headers);
        writer.EndParams();

        var written = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var record in PlainRecords.Read(writer.Written.Span).Records.Skip(1))
        {
            foreach (var pair in PlainParams.Read(record.Content).Pairs)
            {
                var name = Check.Latin1(pair.Name);
                Check.That(written.TryAdd(name, Check.Latin1(pair.Value)), "No param is sent twice", name);
            }
        }

        return written;
    }

    private static string Lines(SortedDictionary<string, string> parameters) => string.Join('\n', parameters.Select(pair => $"{pair.Key}={pair.Value}"));

    private static (FastCgiApplication Application, bool PassesAll, string[] UnderscoreNames) Create(bool passesAll, params string[] underscoreHeaders)
    {
        var options = new FastCgiClusterOptions { DocumentRoot = "/srv/www", PassRequestHeaders = passesAll, UnderscoreHeaders = underscoreHeaders };
        var application = new FastCgiApplication(SettingsResolver.Resolve(options).Application, TimeProvider.System);
        return (application, passesAll, [.. underscoreHeaders.Select(name => name.ToLowerInvariant())]);
    }
}
