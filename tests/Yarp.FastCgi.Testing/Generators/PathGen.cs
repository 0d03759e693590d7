using CsCheck;

namespace Yarp.FastCgi.Testing;

/// <summary>Decoded paths of requests, made of the names of a small site and of what misleads.</summary>
public static class PathGen
{
    private static readonly string[] Pieces =
    [
        "/", "/", "a", "app.php", "sub", "a.php", "b.php", "x.jpg", "index.php", "..", ".", "ｐｈｐ", ".php", "Ⱥ", "secret.php", "%2F", "\n", " ", "directory.php", "{path}", "/.git", "\\",
    ];

    public static readonly Gen<string> Any = Gen.Int[0, Pieces.Length - 1].Select(index => Pieces[index]).Array[0, 8].Select(parts => "/" + string.Concat(parts));
}
