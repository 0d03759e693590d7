using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Yarp.FastCgi.Gateway.Tests.Discovery;

/// <summary>A DNS server on a UDP port of 127.0.0.1 that knows SRV records (RFC 1035, RFC 2782).</summary>
internal sealed class DnsServer : IDisposable
{
    private const int HeaderSize = 12;
    private const ushort Srv = 33;
    private const ushort NameError = 3;

    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));

    public DnsServer() => _ = ServeAsync();

    public IPEndPoint EndPoint => (IPEndPoint)_socket.Client.LocalEndPoint!;

    /// <summary>The records of each name; a name that is not here does not exist.</summary>
    public Dictionary<string, (int Priority, int Weight, int Port, string Target)[]> Records { get; } = new(StringComparer.OrdinalIgnoreCase);

    public void Dispose() => _socket.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var query = await _socket.ReceiveAsync();
                await _socket.SendAsync(Answer(query.Buffer), query.RemoteEndPoint);
            }
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            // The end of the test.
        }
    }

    private byte[] Answer(byte[] query)
    {
        var name = ReadName(query, out var end);
        var question = query.AsSpan(HeaderSize, end + 4 - HeaderSize).ToArray();
        var records = Records.GetValueOrDefault(name);
        using var answer = new MemoryStream();
        answer.Write(query.AsSpan(0, 2));
        Write(answer, (ushort)(0x8400 | (records is null ? NameError : 0)));
        Write(answer, 1);
        Write(answer, (ushort)(records?.Length ?? 0));
        Write(answer, 0);
        Write(answer, 0);
        answer.Write(question);
        foreach (var (priority, weight, port, target) in records ?? [])
        {
            // The name is that of the question, which stands behind the header.
            Write(answer, 0xC000 | HeaderSize);
            Write(answer, Srv);
            Write(answer, 1);
            Write(answer, 0);
            Write(answer, 60);
            var encoded = Encode(target);
            Write(answer, (ushort)(6 + encoded.Length));
            Write(answer, (ushort)priority);
            Write(answer, (ushort)weight);
            Write(answer, (ushort)port);
            answer.Write(encoded);
        }

        return answer.ToArray();
    }

    private static string ReadName(byte[] query, out int end)
    {
        var labels = new List<string>();
        end = HeaderSize;
        for (var length = query[end++]; length > 0; length = query[end++])
        {
            labels.Add(Encoding.ASCII.GetString(query, end, length));
            end += length;
        }

        return string.Join('.', labels);
    }

    private static byte[] Encode(string name)
        => [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];

    private static void Write(MemoryStream stream, ushort number)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, number);
        stream.Write(bytes);
    }
}
