using System.Text.Json;
using Microsoft.Extensions.Configuration.Json;

namespace Yarp.FastCgi.Gateway.Reload;

/// <summary>
/// The file of --config: it takes the place of appsettings.json, so that environment variables still win over it. It is read once; what it holds later is given by
/// <see cref="ConfigurationReload"/>, which has checked it.
/// </summary>
internal sealed class ConfigurationFile : IConfigurationSource
{
    private readonly Content _content;

    /// <param name="path">Absolute path.</param>
    /// <param name="content">What the file holds; null reads it.</param>
    /// <exception cref="InvalidDataException">The file cannot be read, or is no JSON.</exception>
    public ConfigurationFile(string path, byte[]? content = null)
    {
        Path = path;
        _content = new Content(Parse(path, content ?? Read(path)));
    }

    public string Path { get; }

    /// <exception cref="InvalidDataException">The file cannot be read.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, exception);
        }
    }

    public void ReplaceDefaultFiles(IConfigurationManager configuration)
    {
        var sources = configuration.Sources;
        var defaults = sources.OfType<JsonConfigurationSource>().ToList();
        var position = defaults.Count > 0 ? sources.IndexOf(defaults[0]) : sources.Count;
        foreach (var source in defaults)
        {
            sources.Remove(source);
        }

        sources.Insert(position, this);
    }

    /// <summary>Everything that reads the configuration gets what the file holds now.</summary>
    /// <exception cref="InvalidDataException">It is no JSON.</exception>
    public void Replace(byte[] content) => _content.Replace(Parse(Path, content));

    // The configuration builds its sources again whenever another is added; the content is one and the same.
    public IConfigurationProvider Build(IConfigurationBuilder builder) => _content;

    private static Dictionary<string, string?> Parse(string path, byte[] content)
    {
        try
        {
            var json = new ConfigurationBuilder().AddJsonStream(new MemoryStream(content)).Build();
            return json.AsEnumerable().ToDictionary(StringComparer.OrdinalIgnoreCase);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidDataException)
        {
            throw Unreadable(path, exception);
        }
    }

    private static InvalidDataException Unreadable(string path, Exception exception) => new($"Failed to load configuration from file '{path}'.", exception);

    private sealed class Content : ConfigurationProvider
    {
        public Content(Dictionary<string, string?> values) => Data = values;

        public void Replace(Dictionary<string, string?> values)
        {
            Data = values;
            OnReload();
        }
    }
}
