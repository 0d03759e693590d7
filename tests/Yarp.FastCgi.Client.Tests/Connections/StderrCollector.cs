using System.Text;
using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Client.Tests.Connections;

/// <summary>Joins what came on STDERR.</summary>
internal sealed class StderrCollector : IStderrSink
{
    private readonly List<byte> _bytes = [];

    public string Text => Encoding.Latin1.GetString([.. _bytes]);

    public void Write(ReadOnlySpan<byte> text)
    {
        Assert.False(text.IsEmpty);
        _bytes.AddRange(text);
    }
}
