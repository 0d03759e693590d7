using System.Reflection;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

public class ResponseReaderResetTests
{
    // Memory of its own that the reader keeps, and whose content counts for nothing.
    private const string Kept = "_endRequest";

    [Fact]
    public async Task Reset_BehindAResponse_LeavesNothingOfIt()
    {
        using var exchange = await ResponseExchange.OfAsync(
            Wire.Record((WireRecordType)200, [1]), Wire.Stdout("A: b\r\nContent-"), Wire.Stdout("Length: 3\r\n\r\nabc"), Wire.Stdout(""), Wire.EndRequest(appStatus: 3));
        var reader = exchange.Reader;
        await exchange.ReadHeadAsync();
        reader.BeginBody(length: 3, isChunked: false);
        Assert.Equal("abc", await exchange.ReadBodyTextAsync());
        Assert.NotNull(reader.SkippedType);
        Assert.True(reader.StdoutEnded);
        reader.Dispose();

        reader.Reset(exchange.Connection, exchange.Connection.RequestId, maxHeadSize: 100);

        var fresh = new ResponseReader(exchange.Connection, exchange.Connection.RequestId, maxHeadSize: 100, exchange.Stderr);
        foreach (var field in typeof(ResponseReader).GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Where(static field => field.Name != Kept))
        {
            Assert.True(Equals(field.GetValue(fresh), field.GetValue(reader)), field.Name);
        }
    }
}
