using System.Globalization;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Interpreters;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>
/// The program of a site, as options of a destination. A text alone is the command; a program that is told no address takes its socket as descriptor 0, and
/// one that can serve one request at a time only is started several times.
/// </summary>
/// <param name="site">The site over its preset.</param>
/// <param name="path">Where the site stands in the configuration.</param>
/// <param name="errors">Receives what is wrong.</param>
internal sealed class SiteInterpreter(SiteTree site, string path, ICollection<string> errors)
{
    /// <summary>Stands in the command for the address that the program is to listen at.</summary>
    public const string AddressPlaceholder = "{address}";

    private const int DefaultWorkers = 8;
    private const string Command = nameof(FastCgiInterpreterOptions.Command);

    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How many requests the program serves at a time, when that was decided here.</summary>
    public int? Workers { get; private set; }

    /// <param name="address">Where the gateway reaches it.</param>
    /// <param name="isOwnAddress">Whether the address is in the gateway's private directory.</param>
    public IReadOnlyDictionary<string, string> Expand(string address, bool isOwnAddress)
    {
        foreach (var (key, value) in site.Map(SiteKey.Interpreter))
        {
            _values[key] = value;
        }

        var command = ReadCommand();
        if (command is null)
        {
            return _values;
        }

        if (isOwnAddress && _values.ContainsKey(nameof(FastCgiInterpreterOptions.User)))
        {
            errors.Add($"'{path}:{SiteKey.App.Name}' is not set, but a program with '{nameof(FastCgiInterpreterOptions.User)}' needs a socket where that user can reach it.");
        }

        var isTold = command.Any(static argument => argument.Contains(AddressPlaceholder, StringComparison.Ordinal));
        for (var i = 0; i < command.Count; i++)
        {
            _values[string.Create(CultureInfo.InvariantCulture, $"{Command}:{i}")] = command[i].Replace(AddressPlaceholder, ForProgram(address), StringComparison.Ordinal);
        }

        if (!isTold)
        {
            _values.TryAdd(nameof(FastCgiInterpreterOptions.PassSocket), "true");
        }

        if (site[SiteKey.Interpreter] is not null)
        {
            AddWorkers(Path.GetFileName(command[0]), isTold);
        }

        return _values;
    }

    private IReadOnlyList<string>? ReadCommand()
    {
        var text = site[SiteKey.Interpreter];
        if (text is null && !_values.Remove(Command, out text))
        {
            var elements = _values.Where(static entry => entry.Key.StartsWith(Command + ":", StringComparison.OrdinalIgnoreCase))
                .OrderBy(static entry => entry.Key, ConfigurationKeyComparer.Instance)
                .Select(static entry => entry.Value)
                .ToList();
            if (elements.Count > 0)
            {
                return elements;
            }

            errors.Add($"'{path}:{SiteKey.Interpreter.Name}:{Command}' is not set: it is the program to start, such as php-cgi -b {AddressPlaceholder}.");
            return null;
        }

        if (CommandText.TrySplit(text, out var command, out var error) && command.Count > 0)
        {
            return command;
        }

        errors.Add($"'{path}:{SiteKey.Interpreter.Name}' is '{text}', but {error ?? "must be a program with its arguments"}.");
        return null;
    }

    // The short form asks for what works. php-cgi has children of its own; what listens at descriptor 0 can be started several times.
    private void AddWorkers(string program, bool isTold)
    {
        if (!isTold)
        {
            _values[nameof(FastCgiInterpreterOptions.Instances)] = DefaultWorkers.ToString(CultureInfo.InvariantCulture);
            _values[nameof(FastCgiInterpreterOptions.MinInstances)] = "1";
            Workers = DefaultWorkers;
        }
        else if (program.StartsWith("php-cgi", StringComparison.Ordinal))
        {
            _values["Environment:PHP_FCGI_CHILDREN"] = DefaultWorkers.ToString(CultureInfo.InvariantCulture);
            _values[nameof(FastCgiInterpreterOptions.InheritEnvironment)] = "true";
            Workers = DefaultWorkers;
        }
    }

    /// <summary>As programs write addresses: the path of the socket, or host and port.</summary>
    private static string ForProgram(string address)
        => !FastCgiEndpoint.TryParse(address, out var endpoint, out _) ? address
            : endpoint.IsUnix ? endpoint.UnixPath
            : string.Create(CultureInfo.InvariantCulture, $"{endpoint.Host}:{endpoint.Port}");
}
