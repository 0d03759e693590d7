using System.Text;
using Microsoft.Extensions.Configuration;

namespace Yarp.FastCgi.FunctionalTests.Infrastructure;

/// <summary>Configuration from a JSON text that a test replaces while the proxy runs.</summary>
internal sealed class JsonConfigurationSource(string json) : ConfigurationProvider, IConfigurationSource
{
    private string _json = json;

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(_json));
        Data = new ConfigurationBuilder().AddJsonStream(stream).Build().AsEnumerable()
            .Where(entry => entry.Value is not null)
            .ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Replaces the text and tells everyone who listens for changes.</summary>
    public void Replace(string json)
    {
        _json = json;
        Load();
        OnReload();
    }
}
