using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Threading;

namespace Yarp.FastCgi.Files;

/// <summary>The files that an application may have sent by naming them, and nothing outside of these directories.</summary>
internal sealed class SendfileRoots
{
    private readonly IReadOnlyList<string> _roots;
    private readonly PathMapping[] _mappings;

    private SendfileRoots(IReadOnlyList<string> roots, PathMapping[] mappings)
    {
        _roots = roots;
        _mappings = mappings;
    }

    /// <returns>Null when the feature is off.</returns>
    public static SendfileRoots? Create(ApplicationSettings settings)
    {
        if (settings.XSendfileRoots.Count == 0 && settings.XAccelRedirect.Count == 0)
        {
            return null;
        }

        // The longest prefix wins.
        var mappings = settings.XAccelRedirect
            .Select(static text => PathMapping.TryParse(text, out var mapping) ? mapping : null)
            .OfType<PathMapping>()
            .OrderByDescending(static mapping => mapping.Prefix.Length)
            .ToArray();
        return new SendfileRoots(settings.XSendfileRoots, mappings);
    }

    /// <summary>Finds the file on a worker thread.</summary>
    /// <param name="value">What the application wrote.</param>
    /// <param name="isUri">Whether it is a percent-encoded path of the site (X-Accel-Redirect), or an absolute path of this machine (X-Sendfile).</param>
    public async ValueTask<SendfileTarget?> ResolveAsync(string value, bool isUri)
    {
        await WorkerThread.SwitchAsync();
        return isUri ? ResolveUri(value) : ResolveFile(value);
    }

    /// <summary>X-Sendfile: an absolute path of this machine, not percent-encoded.</summary>
    public SendfileTarget ResolveFile(string path)
    {
        if (!Path.IsPathFullyQualified(path) || RealPath.Resolve(path) is not { } file)
        {
            return SendfileTarget.Refused(path);
        }

        foreach (var root in _roots)
        {
            if (RealPath.IsBelow(file, root))
            {
                return SendfileTarget.Of(path, file);
            }
        }

        return SendfileTarget.Refused(path);
    }

    /// <summary>X-Accel-Redirect: a percent-encoded path of the mapping, with or without a query, which means nothing for a file.</summary>
    public SendfileTarget ResolveUri(string uri)
    {
        if (!uri.StartsWith('/') || uri.Contains("%00", StringComparison.Ordinal))
        {
            return SendfileTarget.Refused(uri);
        }

        var path = PathString.FromUriComponent(uri.Split('?')[0]).Value!;
        foreach (var mapping in _mappings)
        {
            if (path.StartsWith(mapping.Prefix, StringComparison.Ordinal))
            {
                return RealPath.Resolve(mapping.Directory.TrimEnd('/') + "/" + path[mapping.Prefix.Length..]) is { } file && RealPath.IsBelow(file, mapping.Directory)
                    ? SendfileTarget.Of(uri, file)
                    : SendfileTarget.Refused(uri);
            }
        }

        return SendfileTarget.Refused(uri);
    }
}
