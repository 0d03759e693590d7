using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Client.Tests.Protocol;

/// <summary>
/// Drives a <see cref="RecordReader"/> as a connection does: bytes arrive in pieces, and what a call did not consume is presented again.
/// Checks on every call what the reader promises.
/// </summary>
internal sealed class ReceiveLoop
{
    private RecordReader _reader;
    private byte[] _unconsumed = [];
    private readonly List<byte> _content = [];
    private bool _inRecord;

    public List<(RecordHeader Header, byte[] Content)> Records { get; } = [];

    public RecordReadStatus LastStatus { get; private set; }

    public bool IsAtBoundary => _reader.IsAtBoundary;

    public int UnconsumedLength => _unconsumed.Length;

    /// <summary>Presents the bytes in pieces of the given lengths, taken in turn.</summary>
    public static ReceiveLoop Run(ReadOnlySpan<byte> bytes, params int[] pieceLengths)
    {
        var loop = new ReceiveLoop();
        for (var i = 0; !bytes.IsEmpty; i++)
        {
            var piece = bytes[..Math.Min(bytes.Length, pieceLengths[i % pieceLengths.Length])];
            loop.Receive(piece);
            bytes = bytes[piece.Length..];
        }

        return loop;
    }

    public void Receive(ReadOnlySpan<byte> piece)
    {
        ReadOnlySpan<byte> input = [.. _unconsumed, .. piece];
        do
        {
            LastStatus = _reader.Read(input, out var consumed, out var fragment);
            Assert.InRange(consumed, 0, input.Length);
            if (LastStatus == RecordReadStatus.Fragment)
            {
                Assert.True(consumed > 0, "A fragment without progress.");
                Collect(fragment);
            }
            else
            {
                Assert.True(fragment.Content.IsEmpty);
            }

            input = input[consumed..];
        }
        while (LastStatus == RecordReadStatus.Fragment);

        _unconsumed = input.ToArray();
        if (LastStatus == RecordReadStatus.NeedMoreData)
        {
            Assert.True(input.Length < ProtocolLimits.HeaderSize, "Only a part of a header may be left.");
        }
    }

    private void Collect(RecordFragment fragment)
    {
        Assert.Equal(!_inRecord, fragment.IsFirst);
        Assert.Equal(fragment.Header.ContentLength == 0, fragment.Content.IsEmpty);
        _content.AddRange(fragment.Content);
        _inRecord = !fragment.IsLast;
        if (fragment.IsLast)
        {
            Records.Add((fragment.Header, _content.ToArray()));
            _content.Clear();
        }
    }
}
