using System.Globalization;
using System.Text.Json;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>
/// Makes a route, a cluster and rules of a site (docs/decisions/0015-sites.md), all named like the site, as keys of YARP's configuration. What is wrong goes with
/// the rules to the validator of the route, so that it is reported together with everything else.
/// </summary>
/// <param name="name">The site's.</param>
/// <param name="site">The site over its preset.</param>
/// <param name="path">Where the site stands in the configuration, for messages.</param>
/// <param name="sockets">Where to put the sockets of programs that no address is given for.</param>
internal sealed class SiteExpansion(string name, SiteTree site, string path, RunDirectory sockets)
{
    private const string CatchAll = "/{**path}";
    private const string NoApplication = "none";

    private readonly Dictionary<string, string?> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _errors = [];

    /// <summary>Keys and values below <c>ReverseProxy</c>.</summary>
    /// <param name="errors">What was wrong before: the preset, for one.</param>
    public IReadOnlyDictionary<string, string?> Expand(IEnumerable<string> errors)
    {
        _errors.AddRange(errors);
        foreach (var unknown in site.Names.Where(static key => SiteKey.Find(key) is null && !key.Equals(SiteKey.Description.Name, StringComparison.OrdinalIgnoreCase)))
        {
            _errors.Add($"'{path}:{unknown}' is not a known key of a site: use {string.Join(", ", SiteKey.All.Select(static key => key.Name))}.");
        }

        var prefix = ReadPrefix();
        AddCluster();
        AddRoute(prefix, ReadRules(prefix));
        return _values;
    }

    private string Route => $"Routes:{name}";

    private string Cluster => $"Clusters:{name}";

    private bool HasApplication => site.List(SiteKey.App) is not [NoApplication];

    private void AddRoute(string prefix, SiteRules rules)
    {
        _values[$"{Route}:{nameof(RouteConfig.ClusterId)}"] = name;
        _values[$"{Route}:Match:Path"] = prefix + CatchAll;
        AddList($"{Route}:Match:Hosts", site.List(SiteKey.Hosts));
        if (site[SiteKey.MaxRequestBodySize] is { } size)
        {
            if (BodySize.TryParse(size, out var bytes))
            {
                _values[$"{Route}:{nameof(RouteConfig.MaxRequestBodySize)}"] = bytes.ToString(CultureInfo.InvariantCulture);
            }
            else
            {
                AddError(SiteKey.MaxRequestBodySize, size, BodySize.Form);
            }
        }

        foreach (var (key, value) in site.Map(SiteKey.Route))
        {
            _values[$"{Route}:{key}"] = value;
        }

        _values[$"{Route}:Metadata:{SiteRules.MetadataKey}"] = JsonSerializer.Serialize(rules with { Errors = _errors }, SiteJson.Default.SiteRules);
    }

    private void AddCluster()
    {
        _values[$"{Cluster}:Transport"] = "fastcgi";
        var root = site[SiteKey.Root];
        if (root is not null)
        {
            _values[$"{Cluster}:FastCgi:{nameof(FastCgiRouteOptions.DocumentRoot)}"] = root;
        }

        foreach (var key in SiteKey.OfApplication)
        {
            if (key.Kind == SiteKeyKind.Map)
            {
                foreach (var (param, value) in site.Map(key))
                {
                    _values[$"{Cluster}:FastCgi:{key.Name}:{param}"] = value;
                }
            }
            else
            {
                AddList($"{Cluster}:FastCgi:{key.Name}", site.List(key));
            }
        }

        // What is set nowhere and has no files is an application that serves every path itself.
        if (root is null && !site.Has("FastCgi:DocumentRoot") && !site.Has("FastCgi:ScriptFile") && !site.Has("FastCgi:CheckFile"))
        {
            _values[$"{Cluster}:FastCgi:{nameof(FastCgiRouteOptions.CheckFile)}"] = "off";
        }

        AddDestinations();
        foreach (var (key, value) in site.Map(SiteKey.FastCgi))
        {
            _values[$"{Cluster}:FastCgi:{key}"] = value;
        }

        foreach (var (key, value) in site.Map(SiteKey.Cluster))
        {
            _values[$"{Cluster}:{key}"] = value;
        }
    }

    private void AddDestinations()
    {
        var addresses = HasApplication ? site.List(SiteKey.App) ?? [] : [];
        var hasProgram = site.Has(SiteKey.Interpreter.Name);
        if (addresses.Count == 0 && !hasProgram)
        {
            if (HasApplication && !site.Has("Cluster:Destinations"))
            {
                _errors.Add($"'{path}:{SiteKey.App.Name}' is not set: it is the address of the application (unix:/run/php/php-fpm.sock, fastcgi://host:9000), set '{SiteKey.Interpreter.Name}' to have the gateway start it, or say '{NoApplication}' for files and answers alone.");
            }

            return;
        }

        if (hasProgram && addresses.Count > 1)
        {
            _errors.Add($"'{path}:{SiteKey.Interpreter.Name}' is one program, but '{SiteKey.App.Name}' has {addresses.Count} addresses: one program listens at one address.");
            return;
        }

        if (!hasProgram)
        {
            for (var i = 0; i < addresses.Count; i++)
            {
                _values[$"{Cluster}:Destinations:{DestinationName(i, addresses.Count)}:Address"] = addresses[i];
            }

            return;
        }

        var program = new SiteInterpreter(site, path, _errors);
        var address = addresses.Count == 1 ? addresses[0] : sockets.AddressOf(name);
        var destination = $"{Cluster}:Destinations:{DestinationName(0, 1)}";
        _values[$"{destination}:Address"] = address;
        foreach (var (key, value) in program.Expand(address, isOwnAddress: addresses.Count == 0))
        {
            _values[$"{destination}:FastCgi:Interpreter:{key}"] = value;
        }

        if (program.Workers is { } workers)
        {
            _values[$"{Cluster}:FastCgi:{nameof(FastCgiClusterOptions.MaxConnections)}"] = workers.ToString(CultureInfo.InvariantCulture);
        }
    }

    private static string DestinationName(int index, int count)
        => count == 1 ? "app" : string.Create(CultureInfo.InvariantCulture, $"app{index + 1}");

    private string ReadPrefix()
    {
        var text = site[SiteKey.Path] ?? "/";
        if (text[..Math.Min(1, text.Length)] == "/" && !text.AsSpan().ContainsAny("{}?*%") && !text.Contains("//", StringComparison.Ordinal))
        {
            return text.TrimEnd('/');
        }

        AddError(SiteKey.Path, text, "a path that starts with '/', without placeholders, escapes and query, such as /shop");
        return "";
    }

    private SiteRules ReadRules(string prefix)
    {
        var rootFiles = true;
        if (site[SiteKey.RootFiles] is { } text && !bool.TryParse(text, out rootFiles))
        {
            AddError(SiteKey.RootFiles, text, "true or false");
        }

        var aliases = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, directory) in site.Map(SiteKey.Aliases))
        {
            if (key.Length > 1 && key[0] == '/' && key[^1] == '/' && System.IO.Path.IsPathFullyQualified(directory))
            {
                aliases[key] = directory;
            }
            else
            {
                _errors.Add($"'{path}:{SiteKey.Aliases.Name}:{key}' is {ControlCharacters.Quote(directory)}, but must be the absolute path of a directory, for a path that starts and ends with '/', such as \"/static/\": \"/srv/app/static\".");
            }
        }

        return new SiteRules
        {
            Prefix = prefix,
            HasApplication = HasApplication,
            RootFiles = rootFiles,
            Aliases = aliases,
            Denied = [.. ReadPatterns(SiteKey.Denied.Name, site.List(SiteKey.Denied) ?? [])],
            Answers = [.. site.Rules(SiteKey.Answers).Select(ReadAnswer)],
            Static = [.. site.Rules(SiteKey.Static).Select(ReadStatic)],
            Headers = ReadHeaders(SiteKey.Headers.Name, site.Map(SiteKey.Headers)),
        };
    }

    private SiteRules.AnswerRule ReadAnswer(SiteTree rule, int index)
    {
        var at = $"{SiteKey.Answers.Name}:{index}";
        CheckNames(
            rule, at, nameof(SiteRules.AnswerRule.Match), nameof(SiteRules.AnswerRule.Status), nameof(SiteRules.AnswerRule.Location), nameof(SiteRules.AnswerRule.Rewrite), nameof(SiteRules.AnswerRule.FilesOnly));
        var location = rule.Text(nameof(SiteRules.AnswerRule.Location));
        var rewrite = rule.Text(nameof(SiteRules.AnswerRule.Rewrite));
        var status = ReadStatus(rule, at, location);
        if (status is not null && rewrite is not null)
        {
            _errors.Add($"'{path}:{at}' has 'Status' and 'Rewrite': a request is answered, or it goes on with another path.");
        }

        if (location is not null && RedirectLocation.FindError(location) is { } error)
        {
            _errors.Add($"'{path}:{at}:Location' is {ControlCharacters.Quote(location)}: {error}.");
        }

        if (rewrite is not null && !TextFormat.TryFile.TryParse(rewrite, out _))
        {
            _errors.Add($"'{path}:{at}:Rewrite' is {ControlCharacters.Quote(rewrite)}, but must be {TextFormat.TryFile.Form}.");
        }

        var filesOnly = false;
        if (rule.Text(nameof(SiteRules.AnswerRule.FilesOnly)) is { } text && !bool.TryParse(text, out filesOnly))
        {
            _errors.Add($"'{path}:{at}:FilesOnly' is {ControlCharacters.Quote(text)}, but must be true or false.");
        }

        return new SiteRules.AnswerRule { Match = ReadMatch(rule, at), Status = status, Location = location, Rewrite = rewrite, FilesOnly = filesOnly };
    }

    private int? ReadStatus(SiteTree rule, string at, string? location)
    {
        var text = rule.Text(nameof(SiteRules.AnswerRule.Status));
        if (text is null && location is null)
        {
            return null;
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status) || status is < 200 or > 599 or (> 204 and < 300) or 206)
        {
            _errors.Add($"'{path}:{at}:Status' is {ControlCharacters.Quote(text ?? "")}, but must be a status from 200 to 599, such as 403, or 301 with a 'Location'.");
        }
        else if (status is >= 300 and < 400 && string.IsNullOrEmpty(location))
        {
            _errors.Add($"'{path}:{at}:Location' is not set, but a redirect ({status}) needs it.");
        }

        return status;
    }

    private SiteRules.StaticRule ReadStatic(SiteTree rule, int index)
    {
        var at = $"{SiteKey.Static.Name}:{index}";
        CheckNames(rule, at, nameof(SiteRules.StaticRule.Match), nameof(SiteRules.StaticRule.CacheControl), nameof(SiteRules.StaticRule.Headers));
        var cacheControl = rule.Text(nameof(SiteRules.StaticRule.CacheControl));
        if (cacheControl is not null && !IsFieldValue(cacheControl))
        {
            _errors.Add($"'{path}:{at}:CacheControl' is {ControlCharacters.Quote(cacheControl)}, but must be the value of a header field.");
        }

        return new SiteRules.StaticRule
        {
            Match = ReadMatch(rule, at),
            CacheControl = cacheControl,
            Headers = ReadHeaders($"{at}:Headers", rule.Map(SiteKey.Headers)),
        };
    }

    private IReadOnlyList<string> ReadMatch(SiteTree rule, string at)
    {
        var patterns = rule.Texts("Match");
        if (patterns.Count == 0)
        {
            _errors.Add($"'{path}:{at}:Match' is not set: it is a pattern of paths, or a list of them, such as /assets/ or *.css.");
        }

        return [.. ReadPatterns($"{at}:Match", patterns)];
    }

    private IEnumerable<string> ReadPatterns(string at, IEnumerable<string> patterns)
    {
        foreach (var text in patterns)
        {
            if (PathPattern.TryParse(text, out _))
            {
                yield return text;
            }
            else
            {
                _errors.Add($"'{path}:{at}' has {ControlCharacters.Quote(text)}, but must have patterns of paths: /dir/ is everything below, * anything in a segment, ** anything at all, and *.css, without '/', the last segment.");
            }
        }
    }

    private Dictionary<string, string> ReadHeaders(string at, IEnumerable<KeyValuePair<string, string>> fields)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (field, value) in fields)
        {
            if (field.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') && IsFieldValue(value))
            {
                headers[field] = value;
            }
            else
            {
                _errors.Add($"'{path}:{at}:{field}' is {ControlCharacters.Quote(value)}, but must be a header field: a name of letters, digits, '-' and '_' with a value of ASCII characters.");
            }
        }

        return headers;
    }

    private void CheckNames(SiteTree rule, string at, params string[] known)
    {
        foreach (var unknown in rule.Names.Where(key => !known.Contains(key, StringComparer.OrdinalIgnoreCase)))
        {
            _errors.Add(unknown.Length == 0
                ? $"'{path}:{at}' is {ControlCharacters.Quote(rule.Text("") ?? "")}, but must be an object with {string.Join(", ", known)}."
                : $"'{path}:{at}:{unknown}' is not a known key: use {string.Join(", ", known)}.");
        }
    }

    private void AddList(string key, IReadOnlyList<string>? elements)
    {
        if (elements is { Count: 0 })
        {
            _values[key] = "";
        }

        for (var i = 0; i < elements?.Count; i++)
        {
            _values[string.Create(CultureInfo.InvariantCulture, $"{key}:{i}")] = elements[i];
        }
    }

    private void AddError(SiteKey key, string value, string form)
        => _errors.Add($"'{path}:{key.Name}' is {ControlCharacters.Quote(value)}, but must be {form}.");

    private static bool IsFieldValue(string value) => value.Length > 0 && value.All(static c => c is >= ' ' and <= '~');
}
