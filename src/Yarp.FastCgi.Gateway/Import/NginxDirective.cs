namespace Yarp.FastCgi.Gateway.Import;

/// <summary>A directive of nginx with where it stands.</summary>
/// <param name="Name">Its first word.</param>
/// <param name="Arguments">The other words, quotes taken off.</param>
/// <param name="Block">The directives between its braces; null when it ends in a semicolon.</param>
/// <param name="File">The file.</param>
/// <param name="Line">The line of its first word, from 1.</param>
internal sealed record NginxDirective(string Name, IReadOnlyList<string> Arguments, IReadOnlyList<NginxDirective>? Block, string File, int Line)
{
    public IReadOnlyList<NginxDirective> Children => Block ?? [];

    public string Argument(int index) => index < Arguments.Count ? Arguments[index] : "";

    /// <summary>As it was written, in one line and without its block.</summary>
    public override string ToString() => string.Join(' ', Arguments.Prepend(Name));
}
