namespace Yarp.FastCgi.Gateway.Import;

/// <summary>
/// Reads a configuration of nginx with the files that it includes: those that exist, relative to its directory or the one above (as sites-available is beside snippets),
/// and else the ones that nginx is shipped with.
/// </summary>
internal sealed class NginxParser
{
    private const int MaxBlockDepth = 32;
    private const int MaxIncludeDepth = 10;
    private const int MaxDirectives = 100_000;
    private const long MaxFileSize = 16 * 1024 * 1024;

    private readonly string _directory;
    private readonly ImportReport _report;
    private int _count;

    private NginxParser(string directory, ImportReport report)
    {
        _directory = directory;
        _report = report;
    }

    /// <exception cref="NginxSyntaxException">It is no configuration, or too deep or too long.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<NginxDirective> ParseFile(string file, ImportReport report)
        => new NginxParser(Path.GetDirectoryName(Path.GetFullPath(file))!, report).ReadFile(file, depth: 0);

    private List<NginxDirective> ReadFile(string file, int depth)
    {
        if (new FileInfo(file).Length > MaxFileSize)
        {
            throw new NginxSyntaxException(file, 1, $"the file is longer than {MaxFileSize} bytes");
        }

        return Parse(File.ReadAllText(file), file, depth);
    }

    private List<NginxDirective> Parse(string text, string file, int depth)
        => ReadBlock(new NginxTokenizer(text, file), file, depth, blockDepth: 0);

    private List<NginxDirective> ReadBlock(NginxTokenizer tokens, string file, int depth, int blockDepth)
    {
        if (blockDepth > MaxBlockDepth)
        {
            throw new NginxSyntaxException(file, tokens.Line, $"more than {MaxBlockDepth} blocks inside of one another");
        }

        var directives = new List<NginxDirective>();
        while (true)
        {
            switch (tokens.Read(out var name))
            {
                case NginxTokenizer.Kind.End when blockDepth == 0:
                case NginxTokenizer.Kind.Close when blockDepth > 0:
                    return directives;
                case NginxTokenizer.Kind.Word:
                    Add(directives, ReadDirective(tokens, name, file, depth, blockDepth), depth);
                    break;
                case NginxTokenizer.Kind.End:
                    throw new NginxSyntaxException(file, tokens.Line, "a block has no end: } is missing");
                default:
                    throw new NginxSyntaxException(file, tokens.Line, "a directive is missing here");
            }
        }
    }

    private NginxDirective ReadDirective(NginxTokenizer tokens, string name, string file, int depth, int blockDepth)
    {
        if (++_count > MaxDirectives)
        {
            throw new NginxSyntaxException(file, tokens.Line, $"more than {MaxDirectives} directives");
        }

        var line = tokens.Line;
        var arguments = new List<string>();
        while (true)
        {
            switch (tokens.Read(out var word))
            {
                case NginxTokenizer.Kind.Word:
                    arguments.Add(word);
                    break;
                case NginxTokenizer.Kind.Semicolon:
                    return new NginxDirective(name, arguments, Block: null, file, line);
                case NginxTokenizer.Kind.Open:
                    return new NginxDirective(name, arguments, ReadBlock(tokens, file, depth, blockDepth + 1), file, line);
                default:
                    throw new NginxSyntaxException(file, line, $"the directive '{name}' has no end: ; or a block is missing");
            }
        }
    }

    private void Add(List<NginxDirective> directives, NginxDirective directive, int depth)
    {
        if (directive.Name != "include" || directive.Arguments.Count != 1)
        {
            directives.Add(directive);
            return;
        }

        if (depth == MaxIncludeDepth)
        {
            throw new NginxSyntaxException(directive.File, directive.Line, $"more than {MaxIncludeDepth} files that include one another");
        }

        var pattern = directive.Arguments[0];
        var files = FindFiles(pattern);
        foreach (var file in files)
        {
            directives.AddRange(ReadFile(file, depth + 1));
        }

        if (files.Count == 0)
        {
            if (ShippedFiles.Find(pattern) is { } text)
            {
                directives.AddRange(Parse(text, pattern, depth + 1));
            }
            else if (!pattern.Contains('*'))
            {
                _report.Add(directive, "the file does not exist here, so what it has is missing");
            }
        }
    }

    private IReadOnlyList<string> FindFiles(string pattern)
    {
        string?[] directories = [_directory, Path.GetDirectoryName(_directory)];
        foreach (var directory in directories.OfType<string>())
        {
            var path = Path.GetFullPath(Path.Combine(directory, pattern));
            if (!Path.GetFileName(path).AsSpan().ContainsAny('*', '?'))
            {
                if (File.Exists(path))
                {
                    return [path];
                }
            }
            else if (Path.GetDirectoryName(path) is { } parent && Directory.Exists(parent))
            {
                return [.. Directory.EnumerateFiles(parent, Path.GetFileName(path)).Order(StringComparer.Ordinal)];
            }
        }

        return [];
    }
}
