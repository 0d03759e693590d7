using System.Buffers;
using System.Text;
using CsCheck;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Protocol;

public class RequestWriterTests
{
    private const int MaxContent = 65528;

    private readonly DirtyArrayPool _pool = new();

    [Fact]
    public void Written_RequestWithoutBody_IsByteForByteTheSpecified()
    {
        using var writer = new RequestWriter(_pool);

        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: true);
        Assert.True(writer.TryAddParam("QUERY_STRING"u8, ""u8));
        Assert.True(writer.TryAddParam("A"u8, "é", Encoding.Latin1));
        writer.EndParams();
        writer.EndStdin();

        Assert.Equal(
            [
                1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0,
                1, 4, 0, 1, 0, 18, 6, 0, 12, 0, .. "QUERY_STRING"u8, 1, 1, 65, 0xE9, 0, 0, 0, 0, 0, 0,
                1, 4, 0, 1, 0, 0, 0, 0,
                1, 5, 0, 1, 0, 0, 0, 0,
            ],
            writer.Written.ToArray());
    }

    [Theory]
    [InlineData(FastCgiRole.Filter, "The role Filter is not supported")]
    [InlineData((FastCgiRole)0, "has no role 0")]
    [InlineData((FastCgiRole)4, "has no role 4")]
    public void BeginRequest_RoleThatIsNotSupported_IsRefusedAndNothingIsWritten(FastCgiRole role, string reason)
    {
        using var writer = new RequestWriter(_pool);

        var exception = Assert.Throws<NotSupportedException>(() => writer.BeginRequest(1, role, keepConnection: false));

        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.True(writer.Written.IsEmpty);
    }

    [Fact]
    public void BeginRequest_Authorizer_IsItsRole()
    {
        using var writer = new RequestWriter(_pool);

        writer.BeginRequest(1, FastCgiRole.Authorizer, keepConnection: false);

        Assert.Equal([1, 1, 0, 1, 0, 8, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0], writer.Written.ToArray());
    }

    [Fact]
    public void EndParams_NoParams_WritesOneEmptyRecord()
    {
        using var writer = new RequestWriter(_pool);

        writer.BeginRequest(7, FastCgiRole.Responder, keepConnection: false);
        writer.EndParams();
        writer.EndStdin();

        Assert.Equal(
            [1, 1, 0, 7, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 4, 0, 7, 0, 0, 0, 0, 1, 5, 0, 7, 0, 0, 0, 0],
            writer.Written.ToArray());
    }

    [Fact]
    public void ChangeRequestId_AnyRequest_GivesTheBytesOfThatId()
    {
        ParamsGen.Pairs.Sample(parameters =>
        {
            using var changed = Write(id: 1);
            changed.ChangeRequestId(1);
            changed.ChangeRequestId(0xABCD);
            using var direct = Write(id: 0xABCD);

            Assert.True(direct.Written.Span.SequenceEqual(changed.Written.Span));

            RequestWriter Write(ushort id)
            {
                var writer = new RequestWriter(new DirtyArrayPool());
                writer.BeginRequest(id, FastCgiRole.Responder, keepConnection: true);
                foreach (var (name, value) in parameters)
                {
                    writer.TryAddParam(name, value);
                }

                writer.EndParams();
                writer.AddStdin(new byte[parameters.Length * 10_000]);
                writer.EndStdin();
                return writer;
            }
        });
    }

    [Fact]
    public void TryAddLateParam_AnyRequest_GivesTheBytesOfAParamThatCameLast()
    {
        Gen.Select(ParamsGen.Pairs, ParamsGen.Pairs, Gen.Int[0, 70_000]).Sample((parameters, late, bodyLength) =>
        {
            using var direct = Write([.. parameters, .. late], bodyLength);
            using var writer = Write(parameters, bodyLength);
            AddLate(writer, late);

            Assert.True(direct.Written.Span.SequenceEqual(writer.Written.Span));
        });
    }

    [Fact]
    public void RemoveLateParams_AnyRequest_GivesTheBytesWithoutThem()
    {
        Gen.Select(ParamsGen.Pairs, ParamsGen.Pairs, ParamsGen.Pairs, Gen.Int[0, 70_000]).Sample((parameters, first, second, bodyLength) =>
        {
            using var direct = Write(parameters, bodyLength);
            using var expected = Write([.. parameters, .. second], bodyLength);
            using var writer = Write(parameters, bodyLength);

            writer.RemoveLateParams();
            Assert.True(direct.Written.Span.SequenceEqual(writer.Written.Span));

            AddLate(writer, first);
            writer.RemoveLateParams();
            Assert.True(direct.Written.Span.SequenceEqual(writer.Written.Span));

            AddLate(writer, second);
            Assert.True(expected.Written.Span.SequenceEqual(writer.Written.Span));
        });
    }

    [Fact]
    public void TryAddLateParam_RequestIdChanged_HasThatId()
    {
        using var writer = Write([(ParamsGen.Counting(3, seed: 1), ParamsGen.Counting(65_000, seed: 2))], bodyLength: 10);

        writer.ChangeRequestId(0xABCD);
        AddLate(writer, [(ParamsGen.Counting(3, seed: 3), ParamsGen.Counting(1000, seed: 4))]);
        var expected = writer.Written.ToArray();
        writer.ChangeRequestId(1);
        writer.ChangeRequestId(0xABCD);

        Assert.Equal(expected, writer.Written.ToArray());
    }

    private static RequestWriter Write((byte[] Name, byte[] Value)[] parameters, int bodyLength)
    {
        var writer = new RequestWriter(new DirtyArrayPool());
        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: true);
        foreach (var (name, value) in parameters)
        {
            writer.TryAddParam(name, value);
        }

        writer.EndParams();
        writer.AddStdin(ParamsGen.Counting(bodyLength, seed: 5));
        writer.EndStdin();
        return writer;
    }

    private static void AddLate(RequestWriter writer, (byte[] Name, byte[] Value)[] parameters)
    {
        foreach (var (name, value) in parameters)
        {
            writer.TryAddLateParam(name, Encoding.Latin1.GetString(value), Encoding.Latin1);
        }
    }

    [Theory]
    [InlineData(127, 127, 1, 1)]
    [InlineData(128, 127, 4, 1)]
    [InlineData(127, 128, 1, 4)]
    [InlineData(128, 128, 4, 4)]
    public void TryAddParam_AroundThe127Border_ChoosesTheLengthForm(int nameLength, int valueLength, int nameForm, int valueForm)
    {
        using var writer = new RequestWriter(_pool);
        var name = ParamsGen.Counting(nameLength, seed: 1);
        var value = ParamsGen.Counting(valueLength, seed: 2);

        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: false);
        Assert.True(writer.TryAddParam(name, value));
        writer.EndParams();

        var record = RawRecord.ParseAll(writer.Written.Span)[1];
        Assert.Equal(nameForm + valueForm + nameLength + valueLength, record.Content.Length);
        Assert.Equal([(name, value)], ReadPairs(record.Content), AreEqual);
    }

    [Theory]
    [InlineData(1, 65522)]
    [InlineData(127, 65396)]
    [InlineData(128, 65392)]
    [InlineData(65522, 1)]
    [InlineData(32000, 33520)]
    public void TryAddParam_PairFillsOneRecord_FitsAndOneByteMoreDoesNot(int nameLength, int valueLength)
    {
        using var writer = new RequestWriter(_pool);
        var name = ParamsGen.Counting(nameLength, seed: 1);
        var value = ParamsGen.Counting(valueLength + 1, seed: 2);
        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: false);
        Assert.True(writer.TryAddParam("A"u8, "b"u8));

        Assert.False(writer.TryAddParam(name, value));
        Assert.False(writer.TryAddParam(name, Encoding.Latin1.GetString(value), Encoding.Latin1));
        Assert.True(writer.TryAddParam(name, value.AsSpan(1)));
        writer.EndParams();

        var records = RawRecord.ParseAll(writer.Written.Span);
        Assert.Equal([8, 4, MaxContent, 0], records.Select(record => record.Content.Length));
        Assert.Equal([(name, value[1..])], ReadPairs(records[2].Content), AreEqual);
    }

    [Fact]
    public void TryAddParam_HugePair_WritesNothing()
    {
        using var writer = new RequestWriter(_pool);
        var huge = new byte[1 << 20];
        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: false);

        Assert.False(writer.TryAddParam(huge, ""u8));
        Assert.False(writer.TryAddParam("A"u8, huge));
        Assert.False(writer.TryAddParam(huge, huge));
        writer.EndParams();

        Assert.Equal([8, 0], RawRecord.ParseAll(writer.Written.Span).Select(record => record.Content.Length));
    }

    [Fact]
    public void TryAddParam_EncodedLengthBeyondTheRecord_IsMeasuredInBytes()
    {
        using var writer = new RequestWriter(_pool);
        var value = new string('é', 40_000);
        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: false);

        Assert.False(writer.TryAddParam("A"u8, value, Encoding.UTF8));
        Assert.True(writer.TryAddParam("A"u8, value, Encoding.Latin1));
    }

    [Theory]
    [InlineData(0, new int[0])]
    [InlineData(1, new[] { 1 })]
    [InlineData(MaxContent, new[] { MaxContent })]
    [InlineData(MaxContent + 1, new[] { MaxContent, 1 })]
    [InlineData(200_000, new[] { MaxContent, MaxContent, MaxContent, 200_000 - (3 * MaxContent) })]
    public void AddStdin_Content_IsCutIntoRecordsOfTheLargestSafeSize(int length, int[] contentLengths)
    {
        using var writer = new RequestWriter(_pool);
        var body = ParamsGen.Counting(length, seed: 5);

        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: false);
        writer.EndParams();
        writer.AddStdin(body);
        writer.EndStdin();

        var records = RawRecord.ParseAll(writer.Written.Span);
        var stdin = records.Where(record => record.Type == 5).ToList();
        Assert.Equal([.. contentLengths, 0], stdin.Select(record => record.Content.Length));
        Assert.Equal(body, stdin.SelectMany(record => record.Content));
        Assert.All(records, AssertSound);
    }

    [Fact]
    public void Reset_AfterARequest_StartsEmptyAndKeepsTheRequestId()
    {
        using var writer = new RequestWriter(_pool);
        writer.BeginRequest(3, FastCgiRole.Responder, keepConnection: false);
        writer.TryAddParam("A"u8, "b"u8);

        writer.Reset();
        Assert.True(writer.Written.IsEmpty);
        writer.AddStdin("12345678"u8);
        writer.EndStdin();

        Assert.Equal([1, 5, 0, 3, 0, 8, 0, 0, .. "12345678"u8, 1, 5, 0, 3, 0, 0, 0, 0], writer.Written.ToArray());
    }

    [Fact]
    public void Reset_LargeBuffer_ShrinksBack()
    {
        using var writer = new RequestWriter(_pool);
        var initial = _pool.LargestRented;
        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: false);
        writer.EndParams();
        writer.AddStdin(new byte[300_000]);
        Assert.True(_pool.LargestRented >= 300_000);

        writer.Reset();

        Assert.Equal(initial, _pool.LargestRented);
        Assert.Equal(1, _pool.RentedCount);
    }

    [Fact]
    public void Reset_SmallBuffer_IsKept()
    {
        using var writer = new RequestWriter(_pool);
        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: false);
        writer.EndParams();
        writer.AddStdin(new byte[20_000]);
        var grown = _pool.LargestRented;

        writer.Reset();

        Assert.InRange(grown, 20_000, 64 * 1024);
        Assert.Equal(grown, _pool.LargestRented);
    }

    [Fact]
    public void Dispose_Twice_ReturnsTheBufferOnce()
    {
        var writer = new RequestWriter(_pool);
        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: false);
        Assert.Equal(1, _pool.RentedCount);

        writer.Dispose();
        writer.Dispose();

        Assert.Equal(0, _pool.RentedCount);
        Assert.True(writer.Written.IsEmpty);
        Assert.Throws<ObjectDisposedException>(writer.EndStdin);
    }

    // CVE-2023-0836: what an earlier user left in a buffer must not reach the application.
    [Fact]
    public void Written_SharedPoolBufferIsDirty_LeaksNothing()
    {
        var dirty = ArrayPool<byte>.Shared.Rent(8 * 1024);
        dirty.AsSpan().Fill(DirtyArrayPool.Dirt);
        ArrayPool<byte>.Shared.Return(dirty);
        using var writer = new RequestWriter();

        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: false);
        writer.TryAddParam("A"u8, "b"u8);
        writer.EndParams();
        writer.AddStdin("c"u8);
        writer.EndStdin();

        Assert.False(writer.Written.Span.Contains(DirtyArrayPool.Dirt));
        Assert.All(RawRecord.ParseAll(writer.Written.Span), AssertSound);
    }

    [Fact]
    public void Written_RandomRequest_IsReadBackUnchanged() =>
        Gen.Select(ParamsGen.Pairs, Gen.Frequency((3, Gen.Int[0, 3000]), (1, Gen.Int[0, 200_000])), Gen.UShort, Gen.Bool, ParamsGen.Length)
            .Sample((pairs, bodyLength, requestId, asText, pieceLength) =>
            {
                var pool = new DirtyArrayPool();
                using var writer = new RequestWriter(pool);
                var body = ParamsGen.Counting(bodyLength, seed: 8);
                var accepted = new List<(byte[] Name, byte[] Value)>();

                writer.BeginRequest(requestId, FastCgiRole.Responder, keepConnection: false);
                foreach (var (name, value) in pairs)
                {
                    var added = asText
                        ? writer.TryAddParam(name, Encoding.Latin1.GetString(value), Encoding.Latin1)
                        : writer.TryAddParam(name, value);
                    Assert.Equal(PairSize(name, value) <= MaxContent, added);
                    if (added)
                    {
                        accepted.Add((name, value));
                    }
                }

                writer.EndParams();
                writer.AddStdin(body);
                writer.EndStdin();

                Assert.All(RawRecord.ParseAll(writer.Written.Span), AssertSound);
                Assert.Equal(1, pool.RentedCount);
                AssertRequest(ReceiveLoop.Run(writer.Written.Span, pieceLength + 1).Records, requestId, accepted, body);
            });

    private static void AssertRequest(
        List<(RecordHeader Header, byte[] Content)> records, ushort requestId, List<(byte[] Name, byte[] Value)> pairs, byte[] body)
    {
        Assert.All(records, record => Assert.Equal(requestId, record.Header.RequestId));
        var paramsEnd = records.FindIndex(1, record => record.Content.Length == 0);
        var paramRecords = records[1..paramsEnd];
        var stdinRecords = records[(paramsEnd + 1)..^1];

        Assert.Equal(RecordType.BeginRequest, records[0].Header.Type);
        Assert.All(records[1..(paramsEnd + 1)], record => Assert.Equal(RecordType.Params, record.Header.Type));
        Assert.All(records[(paramsEnd + 1)..], record => Assert.Equal(RecordType.Stdin, record.Header.Type));
        Assert.Empty(records[^1].Content);
        Assert.All(stdinRecords, record => Assert.NotEmpty(record.Content));

        // Each record is read alone: a pair that straddles a border would be malformed.
        Assert.Equal(pairs, paramRecords.SelectMany(record => ReadPairs(record.Content)), AreEqual);
        Assert.True(body.AsSpan().SequenceEqual(stdinRecords.SelectMany(record => record.Content).ToArray()));
    }

    private static bool AreEqual((byte[] Name, byte[] Value) one, (byte[] Name, byte[] Value) other) =>
        one.Name.AsSpan().SequenceEqual(other.Name) && one.Value.AsSpan().SequenceEqual(other.Value);

    private static void AssertSound(RawRecord record)
    {
        Assert.Equal(1, record.Version);
        Assert.Equal(0, record.Reserved);
        Assert.InRange(record.Content.Length, 0, MaxContent);
        Assert.Equal(0, (record.Content.Length + record.Padding.Length) % 8);
        Assert.InRange(record.Padding.Length, 0, 7);
        Assert.All(record.Padding, padding => Assert.Equal(0, padding));
    }

    private static List<(byte[] Name, byte[] Value)> ReadPairs(byte[] content)
    {
        var pairs = new List<(byte[], byte[])>();
        var reader = new ParamsReader(content);
        while (reader.TryRead(out var name, out var value))
        {
            pairs.Add((name.ToArray(), value.ToArray()));
        }

        Assert.False(reader.IsMalformed);
        return pairs;
    }

    private static int PairSize(byte[] name, byte[] value) =>
        (name.Length > 127 ? 4 : 1) + (value.Length > 127 ? 4 : 1) + name.Length + value.Length;
}
