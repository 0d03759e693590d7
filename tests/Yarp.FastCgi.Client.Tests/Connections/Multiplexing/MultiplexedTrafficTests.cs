using System.Security.Cryptography;
using CsCheck;
using Yarp.FastCgi.Client.Connections.Multiplexing;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections.Multiplexing;

/// <summary>However the records of many requests are mixed and cut, each side gets exactly what the other has sent for each request.</summary>
public class MultiplexedTrafficTests
{
    private static readonly Gen<byte[]> AnyNoise = Gen.Select(Gen.Byte[9, 255], Gen.Byte.Array[0, 20], Gen.Byte[0, 20])
        .Select((type, content, padding) => Wire.Record((WireRecordType)type, content, padding, requestId: 0));

    private static readonly Gen<Traffic> AnyTraffic =
        from lengths in Gen.OneOf(Gen.Int[0, 300], Gen.Int[0, 5000], Gen.Int[0, 100_000]).Array[1, 12]
        from recordLengths in Gen.OneOf(Gen.Int[1, 30], Gen.Int[1, 2000], Gen.Int[1, 65_535]).Array[1, 8]
        from paddings in Gen.Byte.Array[1, 5]
        from noise in AnyNoise.Array[0, 5]
        from givenUp in Gen.Bool.Array[12]
        from pieceLengths in Gen.OneOf(Gen.Int[1, 20], Gen.Int[1, 4000], Gen.Int[1, 200_000]).Array[1, 10]
        from order in Gen.Int
        select new Traffic(lengths, recordLengths, paddings, noise, givenUp, pieceLengths, order);

    [Fact]
    public Task Receive_AnyMixOfResponses_EachRequestGetsItsOwn() => AnyTraffic.SampleAsync(
        async traffic =>
        {
            using var pair = await MultiplexedPair.CreateAsync(bufferLimit: 16 * 1024 * 1024);
            var requests = new List<(MultiplexedRequest Request, ushort Id)>();
            foreach (var _ in traffic.Lengths)
            {
                requests.Add(await pair.BeginSentAsync());
            }

            var stderr = requests.ConvertAll(_ => new StderrCollector());
            var reading = requests.Select((request, i) => traffic.GivenUp[i] ? GiveUpAsync(request.Request) : SharedResponse.ReadAsync(request.Request, stderr[i])).ToArray();
            var (bytes, bodies) = traffic.CreateResponses(requests.ConvertAll(request => request.Id));
            foreach (var piece in traffic.Cut(bytes))
            {
                await pair.Application.SendAsync(piece);
            }

            for (var i = 0; i < requests.Count; i++)
            {
                var body = await reading[i].WithinAsync("a response");
                if (!traffic.GivenUp[i])
                {
                    Assert.Equal(SHA256.HashData(bodies[i]), SHA256.HashData(body));
                    Assert.Equal($"stderr of {requests[i].Id}", stderr[i].Text);
                }

                requests[i].Request.Dispose();
            }

            await pair.WaitForEndsAsync(requests.Count);
        },
        iter: 100,
        threads: 1);

    [Fact]
    public Task Send_AnyMixOfBodies_TheApplicationGetsEachWhole() => AnyTraffic.SampleAsync(
        async traffic =>
        {
            using var pair = await MultiplexedPair.CreateAsync();
            var requests = traffic.Lengths.Select(_ => pair.Begin()).ToArray();
            var bodies = traffic.Lengths.Select((length, i) => traffic.CreateBody(i)).ToArray();

            var sending = requests.Select((request, i) => Task.Run(() => SendAsync(request, i))).ToArray();
            var received = requests.Select(_ => new MemoryStream()).ToArray();
            var begun = new HashSet<ushort>();
            for (var ended = 0; ended < requests.Length;)
            {
                var record = await pair.ReadRecordAsync();
                if (record.Type == WireRecordType.BeginRequest)
                {
                    Assert.True(begun.Add(record.RequestId));
                }
                else if (record.Type == WireRecordType.Stdin)
                {
                    Assert.Contains(record.RequestId, begun);
                    received[record.RequestId - 1].Write(record.Content.Span);
                    ended += record.Content.IsEmpty ? 1 : 0;
                }
            }

            await Task.WhenAll(sending).WithinAsync("everything to be sent");
            for (var i = 0; i < requests.Length; i++)
            {
                Assert.Equal(SHA256.HashData(bodies[i]), SHA256.HashData(received[i].ToArray()));
                requests[i].Dispose();
            }

            async Task SendAsync(MultiplexedRequest request, int i)
            {
                await request.SendAsync(MultiplexedPair.Head(complete: false, paramsLength: traffic.RecordLengths[i % traffic.RecordLengths.Length] / 2));
                for (var position = 0; position < bodies[i].Length;)
                {
                    var length = Math.Min(traffic.RecordLengths[(i + position) % traffic.RecordLengths.Length], bodies[i].Length - position);
                    await request.SendAsync(MultiplexedPair.Stdin(bodies[i].AsSpan(position, length)));
                    position += length;
                }

                await request.SendAsync(MultiplexedPair.Stdin(default));
            }
        },
        iter: 60,
        threads: 1);

    private static Task<byte[]> GiveUpAsync(MultiplexedRequest request)
    {
        request.Abort(FastCgiError.Canceled);
        return Task.FromResult<byte[]>([]);
    }

    private sealed record Traffic(int[] Lengths, int[] RecordLengths, byte[] Paddings, byte[][] Noise, bool[] GivenUp, int[] PieceLengths, int Order)
    {
        public byte[] CreateBody(int i)
        {
            var body = new byte[Lengths[i]];
            new Random(Order + i).NextBytes(body);
            return body;
        }

        /// <summary>The records of all responses: those of one in their order, those of several in any.</summary>
        public (byte[] Bytes, byte[][] Bodies) CreateResponses(List<ushort> ids)
        {
            var random = new Random(Order);
            var bodies = Lengths.Select((_, i) => CreateBody(i)).ToArray();
            var waiting = ids.Select((id, i) => CreateResponse(id, bodies[i], i)).Append(new Queue<byte[]>(Noise)).ToList();
            var records = new List<byte[]>();
            while (waiting.RemoveAll(queue => queue.Count == 0) >= 0 && waiting.Count > 0)
            {
                records.Add(waiting[random.Next(waiting.Count)].Dequeue());
            }

            return (Wire.Join([.. records]), bodies);
        }

        public IEnumerable<byte[]> Cut(byte[] bytes)
        {
            for (int i = 0, position = 0; position < bytes.Length; i++)
            {
                var length = Math.Min(PieceLengths[i % PieceLengths.Length], bytes.Length - position);
                yield return bytes[position..(position + length)];
                position += length;
            }
        }

        public override string ToString()
            => $"lengths {string.Join(' ', Lengths)}, records {string.Join(' ', RecordLengths)}, paddings {string.Join(' ', Paddings)}, given up {string.Join(' ', GivenUp)}, pieces {string.Join(' ', PieceLengths)}, order {Order}";

        private Queue<byte[]> CreateResponse(ushort id, byte[] body, int i)
        {
            byte[] stdout = [.. "Content-Type: text/plain\r\n\r\n"u8, .. body];
            var records = new Queue<byte[]>();
            for (var position = 0; position < stdout.Length;)
            {
                var length = Math.Min(RecordLengths[(i + position) % RecordLengths.Length], stdout.Length - position);
                records.Enqueue(Wire.Record(WireRecordType.Stdout, stdout.AsSpan(position, length), Paddings[position % Paddings.Length], id));
                position += length;
            }

            records.Enqueue(Wire.Record(WireRecordType.Stderr, $"stderr of {id}", Paddings[0], id));
            records.Enqueue(Wire.EndRequest(padding: Paddings[^1], requestId: id));
            return records;
        }
    }
}
