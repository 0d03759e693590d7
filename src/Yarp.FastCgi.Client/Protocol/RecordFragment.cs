namespace Yarp.FastCgi.Client.Protocol;

/// <summary>
/// A part of one record's content as it arrived, a slice of the bytes given to <see cref="RecordReader.Read"/>.
/// Empty only when the record is empty.
/// </summary>
internal readonly ref struct RecordFragment(RecordHeader header, ReadOnlySpan<byte> content, bool isFirst, bool isLast)
{
    public RecordHeader Header { get; } = header;

    public ReadOnlySpan<byte> Content { get; } = content;

    public bool IsFirst { get; } = isFirst;

    public bool IsLast { get; } = isLast;
}
