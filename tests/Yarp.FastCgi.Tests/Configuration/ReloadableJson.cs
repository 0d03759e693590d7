using System.Text;
using Microsoft.Extensions.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

/// <summary>A configuration source whose JSON text can be replaced, as a file is that was edited.</summary>
internal sealed class ReloadableJson : ConfigurationProvider, IConfigurationSource
{
    public ReloadableJson(string json) => Read(json);

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public void Replace(string json)
    {
        Read(json);
        OnReload();
    }

    private void Read(string json)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        Data = new ConfigurationBuilder().AddJsonStream(stream).Build().AsEnumerable()
            .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.OrdinalIgnoreCase);
    }
}
