using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Yarp.FastCgi.Gateway.Hosting;
using Yarp.ReverseProxy;

namespace Yarp.FastCgi.Gateway.Configuration;

/// <summary>
/// The configuration in force, as a file would say it: the command line, presets and defaults of the gateway are in it, and routes and clusters are
/// those that YARP has now. An option that is not there has its default. It can be validated and served.
/// </summary>
internal sealed class EffectiveConfiguration
{
    // For a reader and not for a page: what must be escaped in JSON is, and nothing else.
    private static readonly JsonWriterOptions Format = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IConfiguration _configuration;
    private readonly IProxyStateLookup _state;
    private readonly JsonNode _gateway;
    private readonly JsonNode? _kestrel;

    /// <summary>Made at the start: what is read only once then is kept as it was.</summary>
    public EffectiveConfiguration(IConfiguration configuration, IProxyStateLookup state, GatewayOptions options, GatewaySettings settings)
    {
        _configuration = configuration;
        _state = state;
        _gateway = SectionJson.Read(configuration.GetSection(GatewaySettings.Name)) ?? new JsonObject();
        if (options.Management is { } management && _gateway is JsonObject gateway)
        {
            gateway[nameof(GatewaySettings.Management)] = management.Url;
        }

        _kestrel = SectionJson.Read(KestrelSetup.Effective(configuration, settings));
    }

    /// <summary>Writes it as JSON, with every secret redacted.</summary>
    public byte[] ToJson()
    {
        var tree = new JsonObject { [GatewaySettings.Name] = _gateway.DeepClone(), [KestrelSetup.Section] = _kestrel?.DeepClone() };
        foreach (var name in new[] { "AllowedHosts", "Logging" })
        {
            tree[name] = SectionJson.Read(_configuration.GetSection(name));
        }

        tree[GatewayApplication.ProxySection] = ProxyJson.Read(_state);
        foreach (var (name, value) in tree.ToArray())
        {
            if (value is null or JsonObject { Count: 0 })
            {
                tree.Remove(name);
            }
        }

        SecretRedactor.Redact(tree);
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Format))
        {
            tree.WriteTo(writer);
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }
}
