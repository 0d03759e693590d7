namespace Yarp.FastCgi.Gateway.Import;

/// <summary>Where a location sends what is no file: <c>try_files</c>, a named location, <c>rewrite</c>, or a condition for files that do not exist.</summary>
internal static class FrontController
{
    private const string PathPlaceholder = "{path}";

    /// <summary>Entries of <c>TryFiles</c>; null when the location says nothing about it. A status at the end is left out: it is what happens anyway.</summary>
    /// <param name="block">The location, or the server.</param>
    /// <param name="server">The server, for its named locations.</param>
    /// <param name="report">Receives what is not translated.</param>
    public static IReadOnlyList<string>? Find(IReadOnlyList<NginxDirective> block, IReadOnlyList<NginxDirective> server, ImportReport report)
    {
        if (block.LastOrDefault(static directive => directive.Name == "try_files") is { } tryFiles)
        {
            return [.. Entries(tryFiles, server, report)];
        }

        foreach (var condition in block.Where(IsMissingFile))
        {
            if (condition.Children.FirstOrDefault(static child => child.Name == "rewrite") is { } rewrite && Target(rewrite) is { } target)
            {
                return [PathPlaceholder, PathPlaceholder + "/", target];
            }
        }

        return null;
    }

    /// <summary><c>if (!-e $request_filename)</c>, and the like for files alone.</summary>
    public static bool IsMissingFile(NginxDirective directive)
        => directive.Name == "if" && directive.Arguments is [("(!-e" or "(!-f"), ("$request_filename)" or "$document_root$fastcgi_script_name)" or "$document_root$uri)")];

    /// <summary>The path that a rewrite leads to; null for a redirect, and for what cannot be said here.</summary>
    public static string? Target(NginxDirective rewrite)
    {
        if (rewrite.Argument(2) is "redirect" or "permanent" || rewrite.Argument(1) is not ['/', ..] target)
        {
            return null;
        }

        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        path = path.Replace("$request_uri", PathPlaceholder, StringComparison.Ordinal).Replace("$uri", PathPlaceholder, StringComparison.Ordinal);
        if (rewrite.Argument(0) is "^/(.*)$" or "^(.*)$" or "^(/.*)$" or "^/(.+)$" or "^(.+)$")
        {
            var group = rewrite.Argument(0).Contains("/(", StringComparison.Ordinal) && rewrite.Argument(0)[1] == '/' ? "/$1" : "$1";
            path = path.Replace(group, PathPlaceholder, StringComparison.Ordinal);
        }

        return path.Contains('$') ? null : path;
    }

    private static IEnumerable<string> Entries(NginxDirective tryFiles, IReadOnlyList<NginxDirective> server, ImportReport report)
    {
        foreach (var argument in tryFiles.Arguments)
        {
            switch (argument)
            {
                case ['=', ..]:
                    break;
                case ['@', ..]:
                    if (FindNamed(argument, server, report) is { } named)
                    {
                        yield return named;
                    }
                    else
                    {
                        report.Add(tryFiles, $"what {argument} does has no counterpart");
                    }

                    break;
                default:
                    if (Entry(argument) is { } entry)
                    {
                        yield return entry;
                    }
                    else
                    {
                        report.Add(tryFiles, $"{argument} has a variable that is not known here");
                    }

                    break;
            }
        }
    }

    private static string? Entry(string argument)
    {
        var query = argument.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? argument : argument[..query];
        foreach (var ending in (string[])["$is_args$args", "$is_args$query_string"])
        {
            path = path.EndsWith(ending, StringComparison.Ordinal) ? path[..^ending.Length] : path;
        }

        path = path.Replace("$request_uri", "$uri", StringComparison.Ordinal).Replace("$fastcgi_script_name", "$uri", StringComparison.Ordinal);
        path = path.Replace("$uri", PathPlaceholder, StringComparison.Ordinal);
        return path.Contains('$') || !(path.StartsWith('/') || path.StartsWith(PathPlaceholder, StringComparison.Ordinal)) ? null : path;
    }

    /// <summary>The script of a named location: the target of its rewrite, or the one that it sends to the application.</summary>
    private static string? FindNamed(string name, IReadOnlyList<NginxDirective> server, ImportReport report)
    {
        var block = server.FirstOrDefault(directive => directive.Name == "location" && directive.Argument(0) == name)?.Children ?? [];
        if (block.FirstOrDefault(static directive => directive.Name == "rewrite") is { } rewrite)
        {
            if (rewrite.Argument(1).Contains('?', StringComparison.Ordinal))
            {
                report.Add(rewrite, "the query is not changed: applications read the path from REQUEST_URI");
            }

            return Target(rewrite);
        }

        return block.LastOrDefault(static directive => directive is { Name: "fastcgi_param", Arguments: ["SCRIPT_FILENAME", ..] }) is { } script
            && script.Argument(1).StartsWith("$document_root/", StringComparison.Ordinal)
                ? script.Argument(1)["$document_root".Length..]
                : null;
    }
}
