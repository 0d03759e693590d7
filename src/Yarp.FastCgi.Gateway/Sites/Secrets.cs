using System.Text.RegularExpressions;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>Keeps what looks like a secret out of what is shown: by the name of its key, and passwords inside of URLs.</summary>
internal static partial class Secrets
{
    public const string Redacted = "(redacted)";

    private static readonly string[] Words = ["password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "credential", "credentials", "salt", "dsn"];

    /// <param name="name">The key, or the param, environment variable or header field.</param>
    /// <param name="value">Its value.</param>
    public static string Redact(string name, string value)
        => value.Length == 0 ? value
            : IsSecret(name) ? Redacted
            : UserInfo().Replace(value, $"$1{Redacted}@");

    private static bool IsSecret(string name)
    {
        // APP_KEY and AccessKey end in the word; KeyPath and KeepAlive do not.
        var words = WordBorder().Replace(name, "_").ToLowerInvariant().Split(['_', '-', '.', ' '], StringSplitOptions.RemoveEmptyEntries);
        var joined = string.Concat(words);
        return Array.Exists(Words, word => words.Contains(word) || joined.EndsWith(word, StringComparison.Ordinal))
            || (words.Length > 0 && words[^1] is "key" or "keys" or "authorization" or "cookie");
    }

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex WordBorder();

    // scheme://user:password@host
    [GeneratedRegex("([A-Za-z][A-Za-z0-9+.-]*://[^/@:\\s]*:)[^/@\\s]+@")]
    private static partial Regex UserInfo();
}
