using System.Text.Json.Serialization;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Gateway.Configuration;

/// <summary>YARP's records in the words of its configuration.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RouteConfig))]
[JsonSerializable(typeof(ClusterConfig))]
internal sealed partial class ProxyJsonContext : JsonSerializerContext;
