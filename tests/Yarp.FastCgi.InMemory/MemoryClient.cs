using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;

namespace Yarp.FastCgi.InMemory;

/// <summary>The client's end of a connection.</summary>
internal sealed class MemoryClient(IDuplexPipe connection, CountingWriter server)
{
    /// <summary>What the server would have sent by so many system calls.</summary>
    public int ServerSends => server.Sends;

    /// <summary>Sends a request, and reads a response of known length. Allocates nothing, even if it has to wait.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ExchangeAsync(ReadOnlyMemory<byte> request, long responseLength)
    {
        await connection.Output.WriteAsync(request).ConfigureAwait(false);
        for (var left = responseLength; left > 0;)
        {
            var result = await connection.Input.ReadAsync().ConfigureAwait(false);
            if (result.IsCompleted)
            {
                throw new EndOfStreamException("The server has closed the connection.");
            }

            left -= result.Buffer.Length;
            connection.Input.AdvanceTo(result.Buffer.End);
        }
    }

    /// <summary>The same so many times, one behind the other.</summary>
    public async Task RepeatAsync(ReadOnlyMemory<byte> request, long responseLength, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await ExchangeAsync(request, responseLength).ConfigureAwait(false);
        }
    }

    /// <summary>Sends a request, and reads a response whose body has the length.</summary>
    /// <returns>The response, body included.</returns>
    public async Task<string> ExchangeFirstAsync(ReadOnlyMemory<byte> request, int bodyLength)
    {
        await connection.Output.WriteAsync(request).ConfigureAwait(false);
        while (true)
        {
            var result = await connection.Input.ReadAsync().ConfigureAwait(false);
            var text = Encoding.ASCII.GetString(result.Buffer);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if ((end >= 0 && text.Length >= end + 4 + bodyLength) || result.IsCompleted)
            {
                connection.Input.AdvanceTo(result.Buffer.End);
                return text;
            }

            connection.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    public ValueTask CloseAsync() => connection.Output.CompleteAsync();
}
