using System.Text;
using CsCheck;

namespace Yarp.FastCgi.Testing;

/// <summary>Response heads as an application may write them.</summary>
public static class HeadGen
{
    private static readonly Gen<string> Piece = Gen.OneOf(
        "\r\n", "\n", "\r\n", "\n", "\r", "\0", "\t", " ", ":", ": ", "a", "X-Name", "b c", "é", "\u007F", "HTTP/1.1 200 OK", "Status: 404 Not Found",
        "Status: 200", "Content-Length: 5", "Content-Length: 6", "Location: /x", "Transfer-Encoding: chunked", "Set-Cookie: a=b");

    private static readonly Gen<string> LineEnd = Gen.OneOf(Gen.Const("\n"), Gen.Const("\r\n"));

    /// <summary>Put together of what heads are made of, seldom sound.</summary>
    public static readonly Gen<byte[]> Any = Piece.Array[0, 24].Select(pieces => Encoding.Latin1.GetBytes(string.Concat(pieces)));

    /// <summary>A sound one, and what it says: its status and its fields, one a line.</summary>
    public static readonly Gen<(string Text, string Described)> Sound =
        from status in Gen.Int[200, 599]
        from fields in Gen.Select(Gen.Char['a', 'z'].Array[1, 10], Gen.Char[' ', 'ÿ'].Array[0, 30], LineEnd).Array[0, 6]
        from lineEnd in LineEnd
        select Create(status, fields, lineEnd);

    private static (string Text, string Described) Create(int status, (char[] Name, char[] Value, string LineEnd)[] fields, string lineEnd)
    {
        var text = new StringBuilder().Append("Status: ").Append(status).Append(lineEnd);
        var described = new StringBuilder().Append(status);
        foreach (var (name, value, fieldLineEnd) in fields)
        {
            // A letter that begins no field with a meaning of its own, and DEL is a control character.
            var field = "x" + new string(name);
            var content = new string(value).Replace('\x7F', '?').Trim(' ');
            text.Append(field).Append(": ").Append(content).Append(fieldLineEnd);
            described.Append('\n').Append(field).Append(": ").Append(content);
        }

        return (text.Append(lineEnd).ToString(), described.ToString());
    }
}
