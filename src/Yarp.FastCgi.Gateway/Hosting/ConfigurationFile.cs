using Microsoft.Extensions.Configuration.Json;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>The file of --config: it takes the place of appsettings.json, so that environment variables still win over it.</summary>
internal sealed class ConfigurationFile(string path)
{
    /// <summary>Told about a changed file that cannot be read. The configuration before it goes on.</summary>
    public ILogger? Logger { get; set; }

    /// <exception cref="InvalidDataException">The file is no JSON.</exception>
    public void ReplaceDefaultFiles(IConfigurationManager configuration)
    {
        var sources = configuration.Sources;
        var defaults = sources.OfType<JsonConfigurationSource>().ToList();
        var position = defaults.Count > 0 ? sources.IndexOf(defaults[0]) : sources.Count;
        foreach (var source in defaults)
        {
            sources.Remove(source);
        }

        var file = new JsonConfigurationSource
        {
            Path = path,
            ReloadOnChange = true,
            OnLoadException = failure => OnUnreadable(failure.Exception),
        };
        file.ResolveFileProvider();
        sources.Insert(position, file);
    }

    // At the start there is no logger yet; the exception then keeps the gateway from starting.
    private void OnUnreadable(Exception failure)
    {
        if (Logger is { } logger)
        {
            Log.ConfigurationFileUnreadable(logger, string.Join(' ', StartupErrors.Describe(failure)));
        }
    }
}
