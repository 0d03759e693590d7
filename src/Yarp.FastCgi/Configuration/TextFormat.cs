using System.Buffers;
using Yarp.FastCgi.Cgi;

namespace Yarp.FastCgi.Configuration;

/// <summary>A text that satisfies a rule. Never empty, never with a control character.</summary>
internal sealed class TextFormat(string type, string range, string form, Func<string, bool> rule) : SettingFormat<string>
{
    private const string PathPlaceholder = "{path}";

    private static readonly SearchValues<char> Braces = SearchValues.Create("{}");

    public static readonly TextFormat AbsolutePath = new(
        "path", "absolute", "an absolute path such as /var/www/html (or C:\\www)", IsAbsolutePath);

    public static readonly TextFormat LocalDirectory = new(
        "path", "absolute, must exist", "the absolute path of a directory that exists on this machine", IsAbsolutePath);

    public static readonly TextFormat FileName = new(
        "file names", "no `/`", "the name of a file, without '/'", static text => !text.Contains('/') && text is not ("." or ".."));

    public static readonly TextFormat Extension = new(
        "extensions", "`.` first, no `/`", "an extension that starts with '.', without '/', such as .php",
        static text => text.Length > 1 && text[0] == '.' && !text.Contains('/'));

    public static readonly TextFormat ScriptPattern = new(
        "patterns", "`/` first, or `!` and `/`",
        "a pattern that starts with '/', with '!' in front of it where scripts may not be run, such as !/uploads/ or /admin/*.php",
        static text => ScriptRules.TryParse(text, out var pattern, out _) && pattern!.Text[0] == '/');

    public static readonly TextFormat TryFile = new(
        "paths", "`/` or `{path}` first, no query",
        "a path that starts with '/' or '{path}' (the request's path, the only placeholder), without '..' segments and without a query, such as /index.php",
        IsTryFile);

    public static readonly TextFormat UnderscoreHeader = new(
        "header names", "letters, digits, `-`, `_` and `.`, with a `_` or a `.`",
        "a header name of letters, digits, '-', '_' and '.', with at least one '_' or '.', that is not another spelling of a field which never becomes a param, such as X_Api_Key",
        IsUnderscoreHeader);

    public static readonly TextFormat ErrorStatuses = new(
        "statuses", "400 to 599, or two of them with `-` between", "a status from 400 to 599, or two of them with '-' between, such as 500-599",
        static text => StatusRange.TryParse(text, out _));

    public static readonly TextFormat UrlPath = new(
        "path", "`/` first, no query", "a path that starts with '/', without '.' and '..' segments and without a query, such as /error.php",
        static text => text[0] == '/' && !text.Contains('?') && !text.Split('/').Any(static segment => segment is "." or ".."));

    public static readonly TextFormat Directories = new(
        "paths", "absolute", "the absolute path of a directory on this machine", Path.IsPathFullyQualified);

    public static readonly TextFormat PathMapping = new(
        "path mappings", "`/path/=/directory`, the directory absolute",
        "a path that starts and ends with '/', '=' and the absolute path of a directory on this machine, such as /protected/=/srv/files",
        static text => Configuration.PathMapping.TryParse(text, out _));

    public static readonly TextFormat Line = new("text", "not empty, no control characters", "a text of one line", static _ => true);

    public static readonly TextFormat RetryCause = new(
        "words and statuses", "`connect-failure`, `stale-connection`, `overloaded`, `empty-response`; 400 to 599, or two of them with `-` between",
        "connect-failure, stale-connection, overloaded, empty-response, or a status from 400 to 599, or two of them with '-' between, such as 502-504",
        static text => RetryCauses.TryParse(text, out _) || StatusRange.TryParse(text, out _));

    public static readonly TextFormat Method = new(
        "methods", "upper-case letters and `-`", "the name of an HTTP method in upper-case letters, such as GET",
        static text => text.All(static c => char.IsAsciiLetterUpper(c) || c == '-'));

    public static readonly TextFormat Argument = new(
        "texts", "not empty", "a text that is not empty and has no control characters", static _ => true);

    public static readonly TextFormat InterpreterDirectory = new(
        "path", "absolute, must exist", "the absolute path of a directory that exists on this machine", Path.IsPathFullyQualified);

    public static readonly TextFormat Account = new(
        "name or number", "of this machine", "the name or number of an account of this machine",
        static text => !text.Contains(':') && !text.Contains('/'));

    public static readonly TextFormat Signal = new(
        "word", string.Join(", ", Interpreters.Signals.Names.Select(static name => $"`{name}`")), $"one of {string.Join(", ", Interpreters.Signals.Names)}",
        static text => Interpreters.Signals.TryGetNumber(text, out _));

    public override string Type => type;

    public override string Range => range;

    public override string Form => form;

    public override bool TryParse(string text, out string value)
    {
        value = text;
        return text.Length > 0 && !text.AsSpan().ContainsControl() && rule(text);
    }

    public override string Format(string value) => value;

    // The path is one of the application's machine, which may be a Windows machine when ours is not.
    private static bool IsAbsolutePath(string text)
        => text[0] == '/' || (text.Length >= 3 && char.IsAsciiLetter(text[0]) && text[1] == ':' && text[2] is '\\' or '/');

    private static bool IsTryFile(string text)
    {
        var literal = text.Replace(PathPlaceholder, "", StringComparison.Ordinal);
        return (text[0] == '/' || text.StartsWith(PathPlaceholder, StringComparison.Ordinal))
            && !literal.AsSpan().ContainsAny(Braces)
            && !text.Contains('?')
            && !text.Split('/').Contains("..");
    }

    private static bool IsUnderscoreHeader(string text)
        => text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            && text.AsSpan().ContainsAny('_', '.')
            && !WithheldHeaders.Names.Contains(text.Replace('_', '-').Replace('.', '-'));
}
