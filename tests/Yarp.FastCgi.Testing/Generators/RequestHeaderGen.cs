using CsCheck;

namespace Yarp.FastCgi.Testing;

/// <summary>Request header fields.</summary>
public static class RequestHeaderGen
{
    // Names that clients use to confuse.
    private static readonly string[] Names =
    [
        "Proxy", "PROXY", "Host", "Content-Length", "content-type", "Connection", "Upgrade", "TE", "Transfer-Encoding", "X-A", "x-a", "X_A", "X.A", "X-a-",
        "Cookie", "HTTPS", "Script-Filename", "HTTP_HOST", "Authorization", "X-Forwarded-For", "é", "",
    ];

    /// <summary>Such a name, or one of the characters that such names are made of.</summary>
    public static readonly Gen<string> Name = Gen.OneOf(
        Gen.Int[0, Names.Length - 1].Select(index => Names[index]),
        Gen.Char["aAbZ09-_. "].Array[1, 6].Select(characters => new string(characters)));

    /// <summary>Latin-1, without control characters of ASCII.</summary>
    public static readonly Gen<string> Value = Gen.Char[' ', 'ÿ'].Array[0, 200].Select(characters => new string(characters));
}
