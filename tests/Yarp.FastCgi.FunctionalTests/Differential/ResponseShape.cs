using System.Text;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>What an application sends in answer to one request, valid or not.</summary>
/// <param name="Name">How the table of differences refers to it.</param>
/// <param name="Answer">Sends it; the end of the stream follows. The task completes when the client has the response head: for what must not be sent before.</param>
internal sealed record ResponseShape(string Name, Func<ScriptedConnection, ReceivedRequest, Task, Task> Answer)
{
    /// <summary>The method of the client's request.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>Further header fields of it, each with its line end.</summary>
    public string RequestFields { get; init; } = "";

    /// <summary>The records as they stand, in one send.</summary>
    public static ResponseShape Records(string name, params byte[][] records)
    {
        var wire = Wire.Join(records);
        return new(name, (connection, _, _) => connection.SendRawAsync(wire));
    }

    /// <summary>STDOUT, in as many records as it needs, and END_REQUEST.</summary>
    public static ResponseShape Output(string name, string output, string method = "GET")
    {
        var pieces = Encoding.Latin1.GetBytes(output).Chunk(ushort.MaxValue).Select(piece => Wire.Record(WireRecordType.Stdout, piece));
        return Records(name, [.. pieces, Wire.EndRequest()]) with { Method = method };
    }

    /// <summary>The first part, and once the client has the response head the second.</summary>
    public static ResponseShape InTwoParts(string name, byte[] first, byte[] second) => new(name, async (connection, _, clientHasHead) =>
    {
        await connection.SendRawAsync(first);
        await clientHasHead;
        await connection.SendRawAsync(second);
    });

    public override string ToString() => Name;
}
