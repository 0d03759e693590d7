using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Tests.Configuration;

/// <summary>YARP's real loading of a configuration, with ours registered and without a server.</summary>
internal sealed class ProxyHost : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ReloadableJson _json;
    private readonly LoadOutcomes _outcomes;

    private ProxyHost(WebApplication application, ReloadableJson json, LoadOutcomes outcomes)
    {
        _application = application;
        _json = json;
        _outcomes = outcomes;
    }

    private IProxyStateLookup State => _application.Services.GetRequiredService<IProxyStateLookup>();

    /// <summary>Loads the "ReverseProxy" section of the JSON text.</summary>
    /// <exception cref="InvalidOperationException">The configuration is refused.</exception>
    public static ProxyHost Load(string json, Action<IReverseProxyBuilder>? configure = null)
    {
        var source = new ReloadableJson(json);
        var outcomes = new LoadOutcomes();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        ((IConfigurationBuilder)builder.Configuration).Add(source);
        var section = builder.Configuration.GetSection("ReverseProxy");
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<IConfigChangeListener>(outcomes);
        builder.Services.AddFastCgiConfiguration(section);
        var proxy = builder.Services.AddReverseProxy().LoadFromConfig(section);
        configure?.Invoke(proxy);

        var application = builder.Build();
        application.MapReverseProxy();
        return new ProxyHost(application, source, outcomes);
    }

    /// <summary>The messages with which YARP refuses the configuration at its start; none when it is accepted.</summary>
    public static async Task<IReadOnlyList<string>> LoadErrorsAsync(string json, Action<IReverseProxyBuilder>? configure = null)
    {
        try
        {
            await using var host = Load(json, configure);
            return [];
        }
        catch (InvalidOperationException exception) when (exception.InnerException is AggregateException all)
        {
            return [.. all.InnerExceptions.Select(error => error.Message)];
        }
    }

    /// <summary>The messages with which YARP refuses one route to one cluster, each given as the inside of its JSON object.</summary>
    public static Task<IReadOnlyList<string>> LoadErrorsAsync(string route, string cluster, string destination = """ "Address": "unix:/run/app.sock" """)
        => LoadErrorsAsync(Json(route, cluster, destination));

    /// <summary>The JSON text of the route "site" to the cluster "php" with the destination "a".</summary>
    public static string Json(string route, string cluster, string destination = """ "Address": "unix:/run/app.sock" """) => $$"""
        {
          "ReverseProxy": {
            "Routes": { "site": { "ClusterId": "php", "Match": { "Path": "/{**path}" }, {{route}} } },
            "Clusters": { "php": { "Destinations": { "a": { {{destination}} } }, {{cluster}} } }
          }
        }
        """;

    /// <summary>Replaces the JSON text and waits until YARP has applied or refused it.</summary>
    /// <returns>The messages of the refusal.</returns>
    public async Task<IReadOnlyList<string>> ReloadAsync(string json)
    {
        _json.Replace(json);
        return await _outcomes.NextReloadAsync() is AggregateException all ? [.. all.InnerExceptions.Select(error => error.Message)] : [];
    }

    public ClusterModel Cluster(string id)
    {
        Assert.True(State.TryGetCluster(id, out var cluster));
        return cluster.Model;
    }

    public RouteConfig Route(string id)
    {
        Assert.True(State.TryGetRoute(id, out var route));
        return route.Config;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private sealed class LoadOutcomes : IConfigChangeListener
    {
        private readonly Channel<Exception?> _outcomes = Channel.CreateUnbounded<Exception?>();
        private bool _started;

        public async Task<Exception?> NextReloadAsync() => await _outcomes.Reader.ReadAsync();

        public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
        {
        }

        public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception) => _outcomes.Writer.TryWrite(exception);

        public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception) => _outcomes.Writer.TryWrite(exception);

        public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs)
        {
            if (_started)
            {
                _outcomes.Writer.TryWrite(null);
            }

            _started = true;
        }
    }
}
