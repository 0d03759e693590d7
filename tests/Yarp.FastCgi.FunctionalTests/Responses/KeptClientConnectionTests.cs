using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Responses;

/// <summary>Clients that keep their connection: nothing of a response may wait for the connection's next use or its end.</summary>
public class KeptClientConnectionTests
{
    [Theory]
    [InlineData("ond")]
    [InlineData("ond and too much")]
    public async Task Length_RestBehindAPause_ReachesTheClient(string rest)
    {
        var clientHasFirstPart = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Content-Length: 9\r\n\r\nfirstS");
            await clientHasFirstPart.Task.WithinAsync("the client to have the first part");

            // In one piece: the proxy sees no pause between the last byte and the end.
            await connection.SendRawAsync(Wire.Join(Wire.Stdout(rest), Wire.EndRequest()));
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await client.ReadUntilAsync("firstS");
        clientHasFirstPart.SetResult();

        Assert.Equal("ond"u8.ToArray(), await client.ReadExactlyAsync(3));
    }
}
