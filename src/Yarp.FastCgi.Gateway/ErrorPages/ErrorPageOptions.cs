using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.ErrorPages;

/// <summary>The section <c>Gateway:ErrorPages</c>: files that are sent with errors.</summary>
internal sealed record ErrorPageOptions
{
    /// <summary>Where the files are: 404.html, else 4xx.html, and the like with .json and .txt. Null: errors have no page. Default: null.</summary>
    public string? Directory { get; private init; }

    /// <summary>Whether errors of applications, and of HTTP destinations, get a page too, in place of their own. Default: no.</summary>
    public bool Intercept { get; private init; }

    public static ErrorPageOptions Read(SectionReader section)
    {
        var defaults = new ErrorPageOptions();
        var options = new ErrorPageOptions
        {
            Directory = section.TryRead(nameof(Directory), TextFormat.LocalDirectory, out var directory) ? directory : null,
            Intercept = section.Read(nameof(Intercept), new BooleanFormat(), defaults.Intercept),
        };
        if (options.Directory is { } path && !System.IO.Directory.Exists(path))
        {
            section.Refuse(nameof(Directory), $"is {ControlCharacters.Quote(path)}, which is no directory that can be found.");
        }
        else if (options.Intercept && !section.Has(nameof(Directory)))
        {
            section.Refuse(nameof(Directory), "is missing: Intercept needs pages.");
        }

        return options;
    }
}
