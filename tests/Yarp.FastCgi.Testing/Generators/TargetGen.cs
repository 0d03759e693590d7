using System.Globalization;
using System.Text;
using CsCheck;

namespace Yarp.FastCgi.Testing;

/// <summary>Targets of requests as they stand on the wire, in Latin-1: escaped where they need it and where they do not, and what no client should send.</summary>
public static class TargetGen
{
    // Names of a small site, and what passes for them somewhere.
    private static readonly string[] Names =
    [
        "app.php", "app.php", "sub", "index.php", "x.jpg", "directory.php", "secret.php", "root", ".git", "hook.php", ".well-known", "acme.php", "UPPER.PHP", "App.Php", "leak.php", "leak", "link.php",
        "app.ｐｈｐ", "app.ⓟhp", "app.p\u00ADhp", "Ⱥ.php", "x.\u212As", "app.php.", "app.php ", "app.php~", "app.php::$DATA", "a+b;c=d", "{path}", "a", "é", "..", ".", "...", "..;", "\\..", "",
    ];

    // Escapes that stand for nothing, for something longer, or for what has no place in a path.
    private static readonly string[] Escapes =
    [
        "%", "%%", "%4", "%zz", "%u002e", "%00", "%0a", "%0D%0A", "%09", "%7f", "%2e%2e", "%2E", "%2f", "%2F..%2f", "%5c", "%5C..", "%20", "%3f", "%23", "%25", "%252e%252e%252f", "%2500",
        "%C0%AE%C0%AE", "%C0%AF", "%E0%80%AE", "%F0%80%80%AF", "%C0%80", "%ED%A0%80", "%F4%90%80%80", "%FF", "%FE%FF", "%C3", "%A9", "%EF%BB%BF", "%EF%BC%8E", "%EF%BC%8F", "%E2%88%95",
    ];

    private static readonly Gen<string> Name =
        from index in Gen.Int[0, Names.Length - 1]
        from escaped in Gen.Int[0, 3]
        from seed in Gen.Int
        select Escape(Names[index], escaped, new Random(seed));

    private static readonly Gen<string> Piece = Gen.Frequency(
        (6, Name),
        (2, Gen.Int[0, Escapes.Length - 1].Select(index => Escapes[index])),
        (1, Gen.Char['!', '~'].Select(c => c is '?' or '#' ? "-" : c.ToString())));

    private static readonly Gen<string> Query = Gen.Frequency(
        (5, Gen.Const("")),
        (1, Gen.Const("?")),
        (2, Gen.Char['!', '~'].Array[0, 20].Select(characters => "?" + new string(characters).Replace('#', '-'))));

    /// <summary>In origin form (RFC 9112, section 3.2.1), or nearly so: of visible ASCII characters.</summary>
    public static readonly Gen<string> Any =
        from segments in Gen.Frequency((3, Name), (1, Piece.Array[0, 3].Select(string.Concat))).Array[0, 5]
        from slash in Gen.Frequency((6, Gen.Const("/")), (1, Gen.Const("//")))
        from query in Query
        select slash + string.Join('/', segments) + query;

    /// <summary>Escapes what must be, and of the rest nothing, some or all; in either case of letters.</summary>
    private static string Escape(string name, int escaped, Random random)
    {
        var text = new StringBuilder();
        foreach (var value in Encoding.UTF8.GetBytes(name))
        {
            var isNeeded = value is <= (byte)' ' or >= 0x7F or (byte)'%' or (byte)'?' or (byte)'#';
            _ = isNeeded || random.Next(4) < escaped
                ? text.Append('%').Append(value.ToString(random.Next(2) == 0 ? "x2" : "X2", CultureInfo.InvariantCulture))
                : text.Append((char)value);
        }

        return text.ToString();
    }
}
