using System.Net;
using System.Net.Sockets;

namespace Yarp.FastCgi.Testing;

/// <summary>A FastCGI client as plain as they come: a connection for each request, without FCGI_KEEP_CONN, closed behind the response.</summary>
public static class PlainFastCgiClient
{
    /// <summary>Asks a script.</summary>
    /// <returns>What it wrote to STDOUT, head and body.</returns>
    public static async Task<byte[]> GetAsync(EndPoint endPoint, string scriptFile, TimeSpan? timeout = null)
    {
        using var raw = new Socket(endPoint.AddressFamily, SocketType.Stream, endPoint is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp);
        await raw.ConnectAsync(endPoint).WithinAsync($"connect to {endPoint}", timeout);
        using var socket = new TestSocket(raw);
        await socket.SendAsync(Wire.Join(
            Wire.BeginRequest(),
            Wire.Params(("REQUEST_METHOD", "GET"), ("SCRIPT_FILENAME", scriptFile), ("SCRIPT_NAME", "/" + Path.GetFileName(scriptFile)), ("QUERY_STRING", ""), ("SERVER_PROTOCOL", "HTTP/1.1")),
            Wire.Params(),
            Wire.Record(WireRecordType.Stdin, "")));

        var stdout = new MemoryStream();
        while (await WireRecord.ReadAsync(socket, timeout) is { } record)
        {
            switch (record.Type)
            {
                case WireRecordType.Stdout:
                    stdout.Write(record.Content.Span);
                    break;
                case WireRecordType.EndRequest:
                    return stdout.ToArray();
            }
        }

        throw new PeerClosedException("Closed by the application before the end of its response.", PeerClose.Graceful);
    }
}
