using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Yarp.FastCgi.Testing;

/// <summary>One response as it came over an HTTP/1.1 connection: nothing repaired, only the body taken out of its framing.</summary>
public sealed partial record RawHttpResponse
{
    /// <summary>Status lines of the informational responses in front of this one.</summary>
    public IReadOnlyList<string> Informational { get; private init; } = [];

    /// <summary>Empty when the connection ended before the head was complete.</summary>
    public string StatusLine { get; private init; } = "";

    /// <summary>0 when the status line is none of HTTP (RFC 9112, section 4).</summary>
    public int Status => StatusLinePattern().Match(StatusLine) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    /// <summary>In the order they came, as Latin-1.</summary>
    public IReadOnlyList<(string Name, string Value)> Fields { get; private init; } = [];

    public byte[] Body { get; private init; } = [];

    public string Text => Encoding.Latin1.GetString(Body);

    /// <summary>Whether the response came to the end that its framing announces.</summary>
    public bool IsComplete { get; private init; }

    /// <summary>Values of the fields of this name, in their order.</summary>
    public IEnumerable<string> Values(string name) => Fields.Where(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value);

    /// <summary>Reads the next response of a connection (RFC 9112, section 6.3). What is no HTTP is given back as it is, and not complete.</summary>
    /// <param name="connection">Where the request was sent.</param>
    /// <param name="method">That of the request: to HEAD there is no body.</param>
    /// <param name="headIsRead">Called between head and body.</param>
    public static async Task<RawHttpResponse> ReadAsync(RawHttpConnection connection, string method = "GET", Action? headIsRead = null)
    {
        var response = new RawHttpResponse();
        try
        {
            response = Parse(await connection.ReadHeadAsync());
            while (response.Status is >= 100 and < 200 and not 101)
            {
                response = Parse(await connection.ReadHeadAsync()) with { Informational = [.. response.Informational, response.StatusLine] };
            }
        }
        catch (PeerClosedException)
        {
            return response;
        }

        headIsRead?.Invoke();
        if (response.Status == 0)
        {
            return response;
        }

        if (method == "HEAD" || response.Status is 204 or 304)
        {
            return response with { IsComplete = true };
        }

        var body = new MemoryStream();
        var isComplete = await TryReadBodyAsync(connection, response, body);
        return response with { Body = body.ToArray(), IsComplete = isComplete };
    }

    private static RawHttpResponse Parse(string head)
    {
        var lines = head.Split("\r\n")[..^2];
        return new RawHttpResponse
        {
            StatusLine = lines[0],
            Fields = [.. lines[1..].Select(line => line.Split(':', 2)).Select(parts => (parts[0], parts[^1].Trim(' ', '\t')))],
        };
    }

    private static async Task<bool> TryReadBodyAsync(RawHttpConnection connection, RawHttpResponse response, MemoryStream body)
    {
        try
        {
            if (response.Values("Transfer-Encoding").Contains("chunked"))
            {
                while (await connection.ReadChunkAsync() is { Length: > 0 } chunk)
                {
                    body.Write(chunk);
                }

                return true;
            }

            var length = response.Values("Content-Length").Select(value => long.Parse(value, CultureInfo.InvariantCulture)).FirstOrDefault(long.MaxValue);
            var buffer = new byte[16 * 1024];
            while (body.Length < length && await connection.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - body.Length))) is > 0 and var read)
            {
                body.Write(buffer, 0, read);
            }

            // Without a length the end of the connection is that of the body.
            return body.Length == length || length == long.MaxValue;
        }
        catch (Exception exception) when (exception is PeerClosedException or FormatException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^HTTP/1\.1 (\d{3})( |$)")]
    private static partial Regex StatusLinePattern();
}
