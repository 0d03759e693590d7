namespace Yarp.FastCgi.Client.Connections;

/// <summary>Takes what an application writes to the STDERR stream of a request. Untrusted text in pieces of any size.</summary>
internal interface IStderrSink
{
    void Write(ReadOnlySpan<byte> text);
}
