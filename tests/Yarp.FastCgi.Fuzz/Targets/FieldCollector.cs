using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Fuzz.Engine;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>Keeps the fields of a head as Latin-1 text.</summary>
internal readonly struct FieldCollector() : IResponseHeaderHandler
{
    public List<(string Name, string Value)> Fields { get; } = [];

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Fields.Add((Check.Latin1(name), Check.Latin1(value)));
}
