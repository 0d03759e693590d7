using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration.Json;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>The presets: JSON files with the keys of a site, embedded in the gateway, or a file of the user's own.</summary>
internal static class PresetCatalog
{
    private const string ResourcePrefix = "Presets/";
    private const string Extension = ".json";

    /// <summary>Names of the embedded presets, in order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(PresetCatalog).Assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(static name => name[ResourcePrefix.Length..^Extension.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Whether a preset is named by the path of a file rather than by its name.</summary>
    public static bool IsFile(string preset) => preset.AsSpan().ContainsAny('/', '\\') || preset.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The text of a preset, comments included.</summary>
    public static bool TryOpen(string preset, [NotNullWhen(true)] out Stream? text, [NotNullWhen(false)] out string? error)
    {
        text = null;
        error = null;
        try
        {
            text = IsFile(preset) ? File.OpenRead(preset) : typeof(PresetCatalog).Assembly.GetManifestResourceStream(ResourcePrefix + preset.ToLowerInvariant() + Extension);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            error = $"the preset's file cannot be read: {exception.Message}";
            return false;
        }

        if (text is null)
        {
            error = $"there is no preset '{preset}': use {string.Join(", ", Names)}, or the path of a file of your own (./{preset}{Extension})";
            return false;
        }

        return true;
    }

    public static bool TryRead(string preset, [NotNullWhen(true)] out SiteTree? tree, [NotNullWhen(false)] out string? error)
    {
        tree = null;
        if (!TryOpen(preset, out var text, out error))
        {
            return false;
        }

        using (text)
        {
            try
            {
                tree = SiteTree.Read(new ConfigurationBuilder().Add(new JsonStreamConfigurationSource { Stream = text }).Build());
                return true;
            }
            catch (FormatException exception)
            {
                error = $"the preset '{preset}' is no JSON: {exception.GetBaseException().Message}";
                return false;
            }
        }
    }

    /// <summary>What an embedded preset is for.</summary>
    public static string Describe(string name) => TryRead(name, out var tree, out _) ? tree[SiteKey.Description] ?? "" : "";
}
