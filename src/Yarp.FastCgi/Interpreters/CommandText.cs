using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Yarp.FastCgi.Interpreters;

/// <summary>
/// Splits a command line into program and arguments: at blanks, but not inside of single or double quotes. A backslash takes the next
/// character as it is, except inside of single quotes. Nothing is expanded: who wants a shell names it.
/// </summary>
internal static class CommandText
{
    public static bool TrySplit(string text, [NotNullWhen(true)] out IReadOnlyList<string>? arguments, [NotNullWhen(false)] out string? error)
    {
        var found = new List<string>();
        var current = new StringBuilder();
        var isInArgument = false;
        var quote = '\0';
        arguments = null;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\' && quote != '\'')
            {
                if (++i == text.Length)
                {
                    error = "ends with a backslash";
                    return false;
                }

                current.Append(text[i]);
                isInArgument = true;
            }
            else if (quote != '\0')
            {
                _ = c == quote ? current : current.Append(c);
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '\'' or '"')
            {
                quote = c;
                isInArgument = true;
            }
            else if (c == ' ')
            {
                if (isInArgument)
                {
                    found.Add(current.ToString());
                    current.Clear();
                    isInArgument = false;
                }
            }
            else
            {
                current.Append(c);
                isInArgument = true;
            }
        }

        if (quote != '\0')
        {
            error = $"has no end of the quote {quote}";
            return false;
        }

        if (isInArgument)
        {
            found.Add(current.ToString());
        }

        if (found.Count == 0 || found[0].Length == 0)
        {
            error = "names no program";
            return false;
        }

        arguments = found;
        error = null;
        return true;
    }

    /// <summary>The arguments of the option Command: one text is split, several are taken as they are.</summary>
    public static bool TryRead(IReadOnlyList<string> command, [NotNullWhen(true)] out IReadOnlyList<string>? arguments, [NotNullWhen(false)] out string? error)
    {
        if (command.Count == 1)
        {
            return TrySplit(command[0], out arguments, out error);
        }

        arguments = command.Count == 0 ? null : command;
        error = arguments is null ? "names no program" : null;
        return arguments is not null;
    }
}
