using System.Net.Sockets;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>Two sockets: what is sent into one comes out of the other.</summary>
internal sealed class SocketPair(Socket reading, Socket writing) : IDisposable
{
    public Socket Reading => reading;

    /// <summary>Bytes sent so far.</summary>
    public int Sent { get; private set; }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = writing.Send(bytes);
            Sent += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Waits until what was sent has been received, so that the next piece is received by itself; or until the reader has enough.</summary>
    public void WaitUntilReceived(Task reading)
    {
        var spin = new SpinWait();
        while (!reading.IsCompleted && Reading.Available > 0)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    public void EndSending() => writing.Shutdown(SocketShutdown.Send);

    public void Dispose()
    {
        reading.Dispose();
        writing.Dispose();
    }
}
