using System.Globalization;
using System.Text;

namespace Yarp.FastCgi.Testing;

/// <summary>A well-behaved answer to one request, for tests that are not about the protocol.</summary>
public sealed record Reply
{
    private readonly byte[] _body = [];

    private Reply()
    {
    }

    private IReadOnlyList<string> Lines { get; init; } = [];

    private byte[] Body
    {
        get => _body;
        init => _body = value;
    }

    internal string? Stderr { get; private init; }

    internal uint AppStatus { get; private init; }

    internal byte[] Stdout => [.. Encoding.Latin1.GetBytes(string.Concat(Lines.Select(line => line + "\r\n")) + "\r\n"), .. Body];

    /// <summary>Neither fields nor a body.</summary>
    public static Reply Empty { get; } = new();

    /// <summary>200 by silence, as PHP says it: no Status line.</summary>
    public static Reply Text(string body) => new() { Lines = ["Content-Type: text/plain"], Body = Encoding.UTF8.GetBytes(body) };

    /// <summary>A body of any media type.</summary>
    public static Reply Typed(string type, string body) => new() { Lines = [$"Content-Type: {type}"], Body = Encoding.UTF8.GetBytes(body) };

    public static Reply Bytes(byte[] body) => new() { Lines = ["Content-Type: application/octet-stream"], Body = body };

    public static Reply Status(int status, string reason = "", string body = "") =>
        Text(body).WithHeader("Status", string.Create(CultureInfo.InvariantCulture, $"{status} {reason}").TrimEnd());

    public Reply WithHeader(string name, string value) => this with { Lines = [.. Lines, $"{name}: {value}"] };

    public Reply WithStderr(string text) => this with { Stderr = text };

    public Reply WithAppStatus(uint appStatus) => this with { AppStatus = appStatus };
}
