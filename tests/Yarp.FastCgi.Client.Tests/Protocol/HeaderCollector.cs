using System.Text;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Client.Tests.Protocol;

/// <summary>Keeps the header fields that the parser reports, as Latin-1 text.</summary>
internal readonly struct HeaderCollector() : IResponseHeaderHandler
{
    public List<(string Name, string Value)> Headers { get; } = [];

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        Headers.Add((Encoding.Latin1.GetString(name), Encoding.Latin1.GetString(value)));
}
