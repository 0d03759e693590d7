using System.Text.Json.Serialization;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>Writes and reads the rules in the metadata; without reflection, for native AOT.</summary>
[JsonSerializable(typeof(SiteRules))]
internal sealed partial class SiteJson : JsonSerializerContext;
