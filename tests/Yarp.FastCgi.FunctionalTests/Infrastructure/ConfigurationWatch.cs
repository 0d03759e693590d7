using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.FunctionalTests.Infrastructure;

/// <summary>Tells when YARP has applied, or refused, a changed configuration.</summary>
internal sealed class ConfigurationWatch : IConfigChangeListener
{
    private readonly StateSignal _signal = new();
    private readonly List<Exception?> _outcomes = [];

    public int Count
    {
        get
        {
            lock (_outcomes)
            {
                return _outcomes.Count;
            }
        }
    }

    /// <summary>Waits for the outcome behind the first <paramref name="known"/> ones; null when it was applied, else why it was refused.</summary>
    public async Task<Exception?> WaitForOutcomeAsync(int known)
    {
        await _signal.WaitAsync(() => Count > known, () => "YARP to apply the changed configuration");
        lock (_outcomes)
        {
            return _outcomes[known];
        }
    }

    public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception) => Add(exception);

    public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
    }

    public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception) => Add(exception);

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs) => Add(null);

    private void Add(Exception? outcome)
    {
        lock (_outcomes)
        {
            _outcomes.Add(outcome);
        }

        _signal.Pulse();
    }
}
