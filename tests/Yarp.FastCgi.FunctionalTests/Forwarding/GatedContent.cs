using System.Net;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>A request body of unknown length that a test hands out piece by piece.</summary>
internal sealed class GatedContent(Func<Stream, Task> write) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        // The head goes out before the first piece.
        await stream.FlushAsync();
        await write(stream);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
