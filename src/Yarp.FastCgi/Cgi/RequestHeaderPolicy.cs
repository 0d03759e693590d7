using System.Collections.Frozen;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Cgi;

/// <summary>
/// Which request header fields of one application become params. Made once per load of the configuration; immutable.
/// </summary>
/// <remarks>
/// A field name with an underscore or a dot is told apart from its spelling with dashes by the client alone: PHP has one name for both
/// (E76). So the two never go to the application together.
/// </remarks>
internal sealed class RequestHeaderPolicy
{
    private readonly bool _passesAll;
    private readonly FrozenDictionary<string, Spelling>? _spellings;

    public RequestHeaderPolicy(ApplicationSettings settings)
    {
        _passesAll = settings.PassRequestHeaders;
        _spellings = settings.UnderscoreHeaders.Count == 0 ? null : CreateSpellings(settings.UnderscoreHeaders);
    }

    /// <summary>What one request needs to find fields that the application cannot tell apart; null when none are allowed.</summary>
    public string?[]? CreateSeen() => _spellings is null ? null : new string?[_spellings.Count];

    /// <summary>The params' name of a header field, or null when the field is not passed on.</summary>
    /// <param name="headerName">The name as the client sent it.</param>
    /// <param name="seen">From <see cref="CreateSeen"/>, one for each request.</param>
    /// <exception cref="AmbiguousHeaderException">Another spelling of the same name was passed on before.</exception>
    public byte[]? GetParamName(string headerName, string?[]? seen)
    {
        if (_spellings is null || !_spellings.TryGetValue(headerName, out var spelling))
        {
            return _passesAll ? RequestHeaderNames.GetParamName(headerName) : RequestHeaderNames.GetCoreParamName(headerName);
        }

        if (spelling.ParamName is not null && seen is not null)
        {
            if (seen[spelling.Group] is { } other && !other.Equals(headerName, StringComparison.OrdinalIgnoreCase))
            {
                throw new AmbiguousHeaderException(other, headerName);
            }

            seen[spelling.Group] = headerName;
        }

        return spelling.ParamName;
    }

    private FrozenDictionary<string, Spelling> CreateSpellings(IReadOnlyList<string> allowed)
    {
        var spellings = new Dictionary<string, Spelling>(StringComparer.OrdinalIgnoreCase);
        var groups = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in allowed)
        {
            var dashed = name.Replace('_', '-').Replace('.', '-');
            if (!groups.TryGetValue(dashed, out var group))
            {
                groups[dashed] = group = groups.Count;
                spellings[dashed] = new Spelling(group, _passesAll ? RequestHeaderNames.GetParamName(dashed) : RequestHeaderNames.GetCoreParamName(dashed));
            }

            spellings[name] = new Spelling(group, RequestHeaderNames.CreateParamName(name));
        }

        return spellings.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <param name="Group">One number for all spellings that an application folds into one.</param>
    /// <param name="ParamName">Null when this spelling is not passed on.</param>
    private readonly record struct Spelling(int Group, byte[]? ParamName);
}
