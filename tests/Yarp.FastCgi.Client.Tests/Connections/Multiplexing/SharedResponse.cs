using System.Text;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Connections.Multiplexing;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections.Multiplexing;

/// <summary>Reads the response of a request on a multiplexed connection, as the forwarder does.</summary>
internal static class SharedResponse
{
    public static async Task<byte[]> ReadAsync(MultiplexedRequest request, StderrCollector? stderr = null)
    {
        using var reader = new ResponseReader(request, request.RequestId, maxHeadSize: 32 * 1024, stderr ?? new StderrCollector());
        await reader.ReadHeadAsync().AsTask().WithinAsync("the response head");
        Assert.Equal(ResponseHeadError.None, reader.ValidateHead(acceptStatusLine: false, out _));
        var body = new MemoryStream();
        while (true)
        {
            switch (reader.TryReadBody(out var content))
            {
                case BodyReadStatus.Content:
                    body.Write(content);
                    break;

                case BodyReadStatus.End:
                    Assert.Equal(FastCgiProtocolStatus.RequestComplete, reader.End.ProtocolStatus);
                    return body.ToArray();

                default:
                    if (await reader.ReceiveAsync().AsTask().WithinAsync("more of the body") == 0)
                    {
                        throw new FastCgiException(FastCgiError.ConnectionLost, "Closed before END_REQUEST.");
                    }

                    break;
            }
        }
    }

    public static async Task<string> ReadTextAsync(MultiplexedRequest request) => Encoding.Latin1.GetString(await ReadAsync(request));

    public static async Task<FastCgiException> ReadFailsAsync(MultiplexedRequest request) => await Assert.ThrowsAsync<FastCgiException>(() => ReadAsync(request));
}
