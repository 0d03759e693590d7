using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Gateway.Requests;

/// <summary>What php-fpm itself answers at ping.path or pm.status_path: no script is run, and no file is needed.</summary>
/// <param name="StatusCode">The status of the response.</param>
/// <param name="Body">Its body, without line ends behind it.</param>
/// <param name="Elapsed">How long it took.</param>
internal sealed record PoolPage(int StatusCode, string Body, TimeSpan Elapsed)
{
    /// <param name="endpoint">Where the pool listens.</param>
    /// <param name="uri">The path, and a query.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="FastCgiException">The pool cannot be reached, or its answer is none of HTTP.</exception>
    /// <exception cref="TimeoutException">The time is over.</exception>
    public static async Task<PoolPage> GetAsync(FastCgiEndpoint endpoint, string uri, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // php-fpm compares SCRIPT_NAME, and wants a SCRIPT_FILENAME to be there.
        var path = uri.Split('?')[0];
        var request = new RequestDescription
        {
            Uri = uri,
            ScriptName = path,
            Params = [KeyValuePair.Create("SCRIPT_FILENAME", path)],
        };
        using var stdout = new MemoryStream();
        var ended = await new FastCgiCall(endpoint, timeout).RunAsync(request.ToParams(), default, stdout, Stream.Null, cancellationToken);
        return Read(stdout.GetBuffer().AsSpan(0, (int)stdout.Length), ended.Elapsed)
            ?? throw new FastCgiException(FastCgiError.InvalidResponseHead, $"What {endpoint} answers to {uri} has no sound response head.");
    }

    private static PoolPage? Read(ReadOnlySpan<byte> answer, TimeSpan elapsed)
    {
        var head = ResponseHeadParser.FindEnd(answer, 0);
        if (head < 0 || ResponseHeadParser.Validate(answer[..head], acceptStatusLine: false, out var info) != ResponseHeadError.None)
        {
            return null;
        }

        using var body = new StringWriter();
        using var visible = new VisibleText(body);
        visible.Write(answer[head..]);
        return new PoolPage(info.StatusCode, body.ToString().TrimEnd('\n'), elapsed);
    }
}
