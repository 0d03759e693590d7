using System.Text;

namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>A request in the bytes that a client sends.</summary>
/// <param name="Name">How the table of differences refers to it.</param>
/// <param name="Start">The request line, without its end.</param>
internal sealed record RequestShape(string Name, string Start)
{
    /// <summary>Each with its line end.</summary>
    public string Fields { get; init; } = "Host: localhost\r\n";

    /// <summary>As it stands, chunk sizes included.</summary>
    public string Body { get; init; } = "";

    public string Method => Start.Split(' ')[0];

    public byte[] Bytes => Encoding.Latin1.GetBytes($"{Start}\r\n{Fields}\r\n{Body}");

    public static RequestShape Target(string target) => new($"target: {target}", $"GET {target} HTTP/1.1");

    /// <summary>A request for a script whose further header fields are these.</summary>
    public static RequestShape With(string name, string fields) => new(name, "GET /app.php HTTP/1.1") { Fields = "Host: localhost\r\n" + fields };

    public static RequestShape Post(string name, string fields, string body) => new(name, "POST /app.php HTTP/1.1") { Fields = "Host: localhost\r\n" + fields, Body = body };

    public override string ToString() => Name;
}
