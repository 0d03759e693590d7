using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>Counts the fields of a head; allocates nothing.</summary>
internal struct FieldCounter : IResponseHeaderHandler
{
    public int Count { get; private set; }

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Count++;
}
