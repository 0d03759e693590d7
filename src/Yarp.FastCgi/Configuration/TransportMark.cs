namespace Yarp.FastCgi.Configuration;

/// <summary>
/// The <c>Transport</c> mark in the metadata of a route or a cluster. Once the configuration is loaded, a FastCGI
/// cluster and its routes all carry it, whatever the place where it was written.
/// </summary>
internal static class TransportMark
{
    public const string Key = "Transport";

    public const string FastCgi = "fastcgi";

    public const string Http = "http";

    /// <summary>The mark as it is written; null when there is none.</summary>
    public static string? Find(IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is not null)
        {
            // Metadata made in code may compare its keys exactly.
            foreach (var (key, value) in metadata)
            {
                if (key.Equals(Key, StringComparison.OrdinalIgnoreCase))
                {
                    return value;
                }
            }
        }

        return null;
    }

    /// <summary>Whether the metadata marks a FastCGI route or cluster.</summary>
    public static bool IsFastCgi(IReadOnlyDictionary<string, string>? metadata) => Is(Find(metadata), FastCgi);

    /// <summary>Whether the metadata marks HTTP or nothing; not so when the mark is unknown and anything may be meant.</summary>
    public static bool IsHttpOrNone(IReadOnlyDictionary<string, string>? metadata) => Find(metadata) is not { } mark || Is(mark, Http);

    /// <summary>A copy of the metadata with the mark of FastCGI.</summary>
    public static Dictionary<string, string> Add(IReadOnlyDictionary<string, string>? metadata)
    {
        var marked = MetadataKeyComparer.Copy(metadata);
        marked[Key] = FastCgi;
        return marked;
    }

    /// <summary>Whether a route's mark and its cluster's cannot both hold. An unknown mark is an error of its own.</summary>
    public static bool Contradict(string route, string? cluster)
        => Is(route, FastCgi) ? cluster is null || Is(cluster, Http) : Is(route, Http) && Is(cluster, FastCgi);

    /// <summary>A mark must be known, and options must have one.</summary>
    /// <param name="metadata">The metadata of a route or a cluster.</param>
    /// <param name="place">Where the mark may be added, for the message.</param>
    /// <param name="errors">Receives what is wrong.</param>
    public static void Check(IReadOnlyDictionary<string, string>? metadata, string place, ICollection<string> errors)
    {
        if (IsFastCgi(metadata))
        {
            return;
        }

        if (!IsHttpOrNone(metadata))
        {
            errors.Add($"'{Key}' is {ControlCharacters.Quote(Find(metadata)!)}, but must be '{FastCgi}' or '{Http}'.");
        }
        else if (metadata?.FirstOrDefault(pair => FastCgiMetadata.IsOption(pair.Key)) is { Key: { } option, Value: var value })
        {
            var reason = Find(metadata) is { } mark ? $"'{Key}' is '{mark}'" : $"there is no '{Key}'";
            errors.Add($"'{option}' ({ControlCharacters.Quote(value ?? "")}) is set, but {reason}: add \"{Key}\": \"{FastCgi}\" to {place}, with destinations such as fastcgi://host:9000 or unix:/run/app.sock, or remove the options.");
        }
    }

    /// <summary>Whether two texts are the same mark.</summary>
    public static bool Is(string? mark, string other) => string.Equals(mark, other, StringComparison.OrdinalIgnoreCase);
}
