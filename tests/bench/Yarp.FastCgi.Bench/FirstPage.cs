using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Yarp.FastCgi.Bench;

/// <summary>A client that wants a page from a server that is just being started.</summary>
internal static class FirstPage
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    /// <summary>Asks every millisecond, until the status is 200.</summary>
    /// <param name="path">Of the page.</param>
    /// <param name="port">Of 127.0.0.1.</param>
    /// <exception cref="TimeoutException">It was not 200 within 20 seconds.</exception>
    public static void WaitFor(string path, int port)
    {
        var start = Stopwatch.GetTimestamp();
        while (!TryGet(path, port))
        {
            if (Stopwatch.GetElapsedTime(start) > Timeout)
            {
                throw new TimeoutException($"No page from port {port} within {Timeout.TotalSeconds} s.");
            }

            Thread.Sleep(1);
        }
    }

    private static bool TryGet(string path, int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            socket.Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
            var buffer = new byte["HTTP/1.1 200".Length];
            return socket.Receive(buffer) == buffer.Length && buffer.AsSpan().EndsWith(" 200"u8);
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
