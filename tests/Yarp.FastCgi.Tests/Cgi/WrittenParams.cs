using System.Buffers.Binary;
using System.Text;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Tests.Cgi;

/// <summary>What a request writer wrote as PARAMS, read plainly from FastCGI 1.0 section 3.4. A name that stands twice fails the test.</summary>
internal sealed class WrittenParams
{
    private readonly Dictionary<string, byte[]> _values = [];
    private readonly List<string> _names = [];

    public WrittenParams(RequestWriter writer)
    {
        writer.EndParams();
        for (var rest = writer.Written.Span; !rest.IsEmpty;)
        {
            var contentLength = BinaryPrimitives.ReadUInt16BigEndian(rest[4..]);
            if (rest[1] == (byte)RecordType.Params)
            {
                ReadPairs(rest.Slice(8, contentLength));
            }

            rest = rest[(8 + contentLength + rest[6])..];
        }
    }

    /// <summary>In the order of the names.</summary>
    public IEnumerable<string> Lines => _values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={Encoding.UTF8.GetString(pair.Value)}");

    /// <summary>In the order of the records.</summary>
    public IReadOnlyList<string> Names => _names;

    public string? this[string name] => _values.TryGetValue(name, out var value) ? Encoding.UTF8.GetString(value) : null;

    public byte[] Bytes(string name) => _values[name];

    private void ReadPairs(ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            var nameLength = ReadLength(ref content);
            var valueLength = ReadLength(ref content);
            var name = Encoding.UTF8.GetString(content[..nameLength]);
            Assert.True(_values.TryAdd(name, content.Slice(nameLength, valueLength).ToArray()), $"{name} stands twice.");
            _names.Add(name);
            content = content[(nameLength + valueLength)..];
        }
    }

    private static int ReadLength(ref ReadOnlySpan<byte> content)
    {
        var isLong = content[0] >= 0x80;
        var length = isLong ? BinaryPrimitives.ReadInt32BigEndian(content) & 0x7FFFFFFF : content[0];
        content = content[(isLong ? 4 : 1)..];
        return length;
    }
}
