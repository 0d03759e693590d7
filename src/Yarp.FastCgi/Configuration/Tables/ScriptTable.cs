namespace Yarp.FastCgi.Configuration.Tables;

/// <summary>How the script of a request is found.</summary>
internal static class ScriptTable
{
    public static readonly TextSetting DocumentRoot = new()
    {
        Name = nameof(FastCgiRouteOptions.DocumentRoot),
        Format = TextFormat.AbsolutePath,
        DefaultNote = "none; required unless `ScriptFile` is set or `CheckFile` is `off`",
        Get = static options => options.DocumentRoot,
        Set = static (options, value) => options with { DocumentRoot = value },
        Summary = "Directory of the scripts as the application sees it: DOCUMENT_ROOT, and the front of SCRIPT_FILENAME.",
    };

    public static readonly TextSetting LocalRoot = new()
    {
        Name = nameof(FastCgiRouteOptions.LocalRoot),
        Format = TextFormat.LocalDirectory,
        DefaultNote = "`DocumentRoot`",
        Get = static options => options.LocalRoot,
        Set = static (options, value) => options with { LocalRoot = value },
        Summary = "Directory where this machine sees the same files, when it is another one.",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, bool> ResolveRootSymlink = new()
    {
        Name = nameof(FastCgiRouteOptions.ResolveRootSymlink),
        Format = new BooleanFormat(),
        Default = false,
        Get = static options => options.ResolveRootSymlink,
        Set = static (options, value) => options with { ResolveRootSymlink = value },
        Summary = "Whether the application is told where the root's symbolic links lead, looked up at most once in a second. Not together with `LocalRoot`.",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, bool> ScriptsOutsideRoot = new()
    {
        Name = nameof(FastCgiRouteOptions.ScriptsOutsideRoot),
        Format = new BooleanFormat(),
        Default = false,
        Get = static options => options.ScriptsOutsideRoot,
        Set = static (options, value) => options with { ScriptsOutsideRoot = value },
        Summary = "Whether scripts are run that symbolic links below the root lead to outside of it; otherwise they are 404.",
    };

    public static readonly TextListSetting<FastCgiRouteOptions> Index = new()
    {
        Name = nameof(FastCgiRouteOptions.Index),
        ElementFormat = TextFormat.FileName,
        Default = ["index.php"],
        Get = static options => options.Index,
        Set = static (options, value) => options with { Index = value },
        Summary = "File names tried, in order, for a path that ends in a slash.",
    };

    public static readonly TextListSetting<FastCgiRouteOptions> ScriptExtensions = new()
    {
        Name = nameof(FastCgiRouteOptions.ScriptExtensions),
        ElementFormat = TextFormat.Extension,
        Default = [".php"],
        NotEmpty = true,
        Get = static options => options.ScriptExtensions,
        Set = static (options, value) => options with { ScriptExtensions = value },
        Summary = "Extensions that make a file a script, compared ignoring ASCII case.",
    };

    public static readonly TextListSetting<FastCgiRouteOptions> Scripts = new()
    {
        Name = nameof(FastCgiRouteOptions.Scripts),
        ElementFormat = TextFormat.ScriptPattern,
        Default = [],
        DefaultNote = "all",
        Get = static options => options.Scripts,
        Set = static (options, value) => options with { Scripts = value },
        Summary = "Which scripts below the root may be run; the first pattern that a script's path matches decides, and what none matches is 404 (see Paths).",
    };

    public static readonly TextListSetting<FastCgiRouteOptions> TryFiles = new()
    {
        Name = nameof(FastCgiRouteOptions.TryFiles),
        ElementFormat = TextFormat.TryFile,
        Default = [],
        DefaultNote = "the request's path and, below a directory, `Index`",
        Get = static options => options.TryFiles,
        Set = static (options, value) => options with { TryFiles = value },
        Summary = "Paths tried, in order, until one names a script; `{path}` stands for the request's path, a slash at the end for `Index` in a directory. The last one, without `{path}`, is the front controller.",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, FastCgiCheckFile> CheckFile = new()
    {
        Name = nameof(FastCgiRouteOptions.CheckFile),
        Format = new CheckFileFormat(),
        Default = FastCgiCheckFile.Auto,
        Get = static options => options.CheckFile,
        Set = static (options, value) => options with { CheckFile = value },
        Summary = "Whether scripts are looked up on this machine: when the root exists here, always, or never (the application serves the whole tree).",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, TimeSpan> CheckFileMaxAge = new()
    {
        Name = nameof(FastCgiRouteOptions.CheckFileMaxAge),
        Format = TimeFormat.UpToMinute,
        Default = TimeSpan.FromSeconds(1),
        Get = static options => options.CheckFileMaxAge,
        Set = static (options, value) => options with { CheckFileMaxAge = value },
        Summary = "How long it holds that a path leads to a script; zero looks at the files for each request. That a path leads to none is never remembered.",
    };

    public static readonly TextSetting ScriptFile = new()
    {
        Name = nameof(FastCgiRouteOptions.ScriptFile),
        Format = TextFormat.AbsolutePath,
        DefaultNote = "none",
        Get = static options => options.ScriptFile,
        Set = static (options, value) => options with { ScriptFile = value },
        Summary = "The one script, as the application sees it, that answers every request of the route.",
    };

    /// <summary>All of them, in the order of the reference.</summary>
    public static readonly IReadOnlyList<FastCgiSetting> All =
    [
        DocumentRoot,
        LocalRoot,
        ResolveRootSymlink,
        ScriptsOutsideRoot,
        Index,
        ScriptExtensions,
        Scripts,
        TryFiles,
        CheckFile,
        CheckFileMaxAge,
        ScriptFile,
    ];
}
