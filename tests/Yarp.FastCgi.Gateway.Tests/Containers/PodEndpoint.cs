using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Containers;

/// <summary>A pod as a Service knows it: its address, and whether it is ready.</summary>
internal sealed class PodEndpoint(SitePod pod) : IDisposable
{
    private volatile bool _isReady;
    private volatile bool _isRemoved;

    public SitePod Pod => pod;

    public HttpClient Client { get; } = new() { BaseAddress = pod.Url, Timeout = TestTimeout.Default };

    public bool IsReady
    {
        get => _isReady;
        set => _isReady = value;
    }

    public bool IsRemoved
    {
        get => _isRemoved;
        set => _isRemoved = value;
    }

    public void Dispose() => Client.Dispose();
}
