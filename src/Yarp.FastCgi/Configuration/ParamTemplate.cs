using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Yarp.FastCgi.Configuration;

/// <summary>
/// The value of a param with its placeholders: <c>{route:name}</c>, <c>{header:Name}</c>, <c>{authorizer:NAME}</c>, <c>{connection:id}</c>
/// and the like, and <c>{env:NAME}</c>, which is looked up here, once. Two braces stand for one.
/// </summary>
internal sealed class ParamTemplate
{
    private const string Placeholders = "{route:name}, {header:Name}, {authorizer:NAME}, {connection:id}, {connection:remote-addr}, {connection:remote-port}, "
        + "{connection:local-addr}, {connection:local-port} or {env:NAME}";

    private ParamTemplate(IReadOnlyList<ParamTemplatePart> parts) => Parts = parts;

    /// <summary>Empty for an empty value; two literals never follow each other.</summary>
    public IReadOnlyList<ParamTemplatePart> Parts { get; }

    /// <summary>Whether the client chooses any of it, or may: names that an authorizer passes on were somebody's choice.</summary>
    public bool IsClientMade => Parts.Any(static part => part.Source is ParamSource.RouteValue or ParamSource.Header or ParamSource.AuthorizerVariable);

    /// <summary>Bytes of the value when all placeholders come out empty.</summary>
    public int LiteralSize => Parts.Sum(static part => part.Source == ParamSource.Literal ? Encoding.UTF8.GetByteCount(part.Text) : 0);

    /// <summary>A text in which braces are nothing special.</summary>
    public static ParamTemplate Literal(string text) => new([new ParamTemplatePart(ParamSource.Literal, text)]);

    /// <param name="text">The value as it is configured.</param>
    /// <param name="template">The template; null when there is an error.</param>
    /// <param name="error">What is wrong, as the end of a sentence that begins with the value.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ParamTemplate? template, [NotNullWhen(false)] out string? error)
    {
        template = null;
        var parts = new List<ParamTemplatePart>();
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is not ('{' or '}'))
            {
                literal.Append(c);
            }
            else if (i + 1 < text.Length && text[i + 1] == c)
            {
                literal.Append(c);
                i++;
            }
            else if (c == '}')
            {
                error = "but has a '}' without '{': write '}}' for a brace";
                return false;
            }
            else
            {
                var end = text.IndexOf('}', i);
                var placeholder = end < 0 ? text[i..] : text[i..(end + 1)];
                if (end < 0 || !TryAdd(placeholder[1..^1], parts, literal))
                {
                    error = $"but {ControlCharacters.Quote(placeholder)} is no placeholder that can be filled in: use {Placeholders} with a variable that is set, and '{{{{' for a brace";
                    return false;
                }

                i = end;
            }
        }

        EndLiteral(parts, literal);
        template = new ParamTemplate(parts);
        error = null;
        return true;
    }

    private static bool TryAdd(string inner, List<ParamTemplatePart> parts, StringBuilder literal)
    {
        var colon = inner.IndexOf(':');
        var name = inner[(colon + 1)..];
        if (colon < 0 || name.Length == 0)
        {
            return false;
        }

        var kind = inner[..colon];
        if (kind == "env")
        {
            var value = Environment.GetEnvironmentVariable(name);
            literal.Append(value);
            return value is not null;
        }

        ParamTemplatePart? part = (kind, name) switch
        {
            ("route", _) => new(ParamSource.RouteValue, name),
            ("header", _) when name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') => new(ParamSource.Header, name),
            ("authorizer", _) when AuthorizerVariableNames.IsAllowed(name) => new(ParamSource.AuthorizerVariable, name),
            ("connection", "id") => new(ParamSource.ConnectionId, ""),
            ("connection", "remote-addr") => new(ParamSource.RemoteAddress, ""),
            ("connection", "remote-port") => new(ParamSource.RemotePort, ""),
            ("connection", "local-addr") => new(ParamSource.LocalAddress, ""),
            ("connection", "local-port") => new(ParamSource.LocalPort, ""),
            _ => null,
        };
        if (part is null)
        {
            return false;
        }

        EndLiteral(parts, literal);
        parts.Add(part.Value);
        return true;
    }

    private static void EndLiteral(List<ParamTemplatePart> parts, StringBuilder literal)
    {
        if (literal.Length > 0)
        {
            parts.Add(new ParamTemplatePart(ParamSource.Literal, literal.ToString()));
            literal.Clear();
        }
    }
}
