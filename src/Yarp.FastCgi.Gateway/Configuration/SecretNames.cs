using System.Collections.Frozen;

namespace Yarp.FastCgi.Gateway.Configuration;

/// <summary>
/// Which names stand for a secret: of settings, params, environment variables, header fields and query parameters. Names are all there is to go by, so
/// this errs on the side of hiding.
/// </summary>
internal static class SecretNames
{
    private static readonly FrozenSet<string> Words = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "apikey", "authorization", "cookie", "cookies", "credential", "credentials", "jwt", "passphrase", "passwd", "password", "passwords", "pw", "pwd", "salt",
        "secret", "secrets", "signature", "token", "tokens");

    // What a name says before "key" when it is no key of a map, a cache or a file.
    private static readonly FrozenSet<string> KeyWords = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "access", "account", "api", "app", "application", "encryption", "license", "master", "private", "shared", "signing", "storage");

    // These are verbs and adjectives elsewhere: PassSocket.
    private static readonly FrozenSet<string> SecretEnds = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "auth", "pass");

    // A name that ends so tells where the secret is, or something about it, and not the secret.
    private static readonly FrozenSet<string> HarmlessEnds = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "dir", "directory", "file", "length", "lifetime", "name", "path", "policy", "size", "timeout", "url");

    /// <summary>Whether values of that name are to be hidden.</summary>
    /// <param name="name">A name in any of the usual spellings: <c>DB_PASSWORD</c>, <c>apiKey</c>, <c>X-Auth-Token</c>.</param>
    public static bool Contains(string name)
    {
        var isSecret = false;
        var before = default(ReadOnlySpan<char>);
        var words = Words.GetAlternateLookup<ReadOnlySpan<char>>();
        var keyWords = KeyWords.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var start = 0; TakeWord(name, ref start) is { IsEmpty: false } word;)
        {
            // Environment variables end in _KEY for one reason only.
            isSecret |= words.Contains(word)
                || (word.Equals("key", StringComparison.OrdinalIgnoreCase) && !before.IsEmpty && (keyWords.Contains(before) || word.SequenceEqual("KEY")));
            before = word;
        }

        return SecretEnds.GetAlternateLookup<ReadOnlySpan<char>>().Contains(before)
            || (isSecret && !HarmlessEnds.GetAlternateLookup<ReadOnlySpan<char>>().Contains(before));
    }

    /// <summary>Words are told apart by what is no letter, and by a capital behind a small letter.</summary>
    private static ReadOnlySpan<char> TakeWord(string name, scoped ref int start)
    {
        while (start < name.Length && !char.IsLetter(name[start]))
        {
            start++;
        }

        var begin = start;
        while (start < name.Length && char.IsLetter(name[start]) && !(start > begin && char.IsUpper(name[start]) && char.IsLower(name[start - 1])))
        {
            start++;
        }

        return name.AsSpan(begin, start - begin);
    }
}
