namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>
/// What a site does beside forwarding, in the metadata of its route: it is applied, refused and reloaded together with the route.
/// </summary>
internal sealed record SiteRules
{
    /// <summary>The key of the metadata.</summary>
    public const string MetadataKey = "Gateway.Site";

    /// <summary>Where the site is mounted, without a slash at its end; empty at the top.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Whether files below the root are sent by the gateway.</summary>
    public bool RootFiles { get; init; } = true;

    /// <summary>Directories whose files stand at a path of their own: <c>/static/</c> to <c>/srv/app/static</c>.</summary>
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether there is an application; without one, what is neither answered nor a file is 404.</summary>
    public bool HasApplication { get; init; } = true;

    /// <summary>Patterns of paths that are 404.</summary>
    public IReadOnlyList<string> Denied { get; init; } = [];

    public IReadOnlyList<AnswerRule> Answers { get; init; } = [];

    public IReadOnlyList<StaticRule> Static { get; init; } = [];

    /// <summary>Fields of every response that does not have them already.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>What is wrong with the site, for the validator of its route to report.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>Paths that the gateway answers itself, or lets go on in a way of their own.</summary>
    public sealed record AnswerRule
    {
        public IReadOnlyList<string> Match { get; init; } = [];

        /// <summary>Null for a rule that lets the request go on.</summary>
        public int? Status { get; init; }

        /// <summary>For a redirect; may have the placeholders of <see cref="RedirectLocation"/>.</summary>
        public string? Location { get; init; }

        /// <summary>The path that the request goes on with; <c>{path}</c> in it is its own.</summary>
        public string? Rewrite { get; init; }

        /// <summary>Whether it goes on to a file, a script or the index of a directory, and is 404 otherwise.</summary>
        public bool FilesOnly { get; init; }
    }

    /// <summary>Fields of files that the gateway sends.</summary>
    public sealed record StaticRule
    {
        public IReadOnlyList<string> Match { get; init; } = [];

        public string? CacheControl { get; init; }

        public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
    }
}
