using System.Runtime.InteropServices;
using Yarp.FastCgi.Gateway.Hosting;
using Yarp.FastCgi.Gateway.Listeners;
using Yarp.FastCgi.Gateway.Tls;

namespace Yarp.FastCgi.Gateway.Reload;

/// <summary>
/// Reads the configuration again when its file has changed, or at SIGHUP. What is new is tried first in a gateway that serves nothing, as <c>validate</c> does it: with an error
/// in it everything stays as it was.
/// </summary>
internal sealed class ConfigurationReload : BackgroundService
{
    // Two looks at the file with the same result: nobody is writing it any more.
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private readonly GatewayOptions _options;
    private readonly ConfigurationFile? _file;
    private readonly IConfiguration _configuration;
    private readonly CertificateStore _certificates;
    private readonly ServiceManager _serviceManager;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private PosixSignalRegistration? _signal;
    private FileStamp _applied;
    private bool _asked;

    /// <param name="options">The command line.</param>
    /// <param name="file">Null where appsettings.json is read, which ASP.NET Core itself reads again.</param>
    /// <param name="services">Those of the gateway.</param>
    public ConfigurationReload(GatewayOptions options, ConfigurationFile? file, IServiceProvider services)
    {
        _options = options;
        _file = file;
        _configuration = services.GetRequiredService<IConfiguration>();
        _certificates = services.GetRequiredService<CertificateStore>();
        _serviceManager = services.GetRequiredService<ServiceManager>();
        _timeProvider = services.GetRequiredService<TimeProvider>();
        _logger = services.GetRequiredService<ILogger<ConfigurationReload>>();
        _applied = FileStamp.Of(file?.Path);
    }

    /// <summary>Behind everything that has to be there for a request: it starts last.</summary>
    public static void Add(IServiceCollection services, GatewayOptions options, ConfigurationFile? file)
    {
        services.AddSingleton<ServiceManager>();
        services.AddHostedService(provider => new ConfigurationReload(options, file, provider));
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Without a configuration there is nothing to read again: SIGHUP, as a closed terminal sends it, ends the gateway.
        if (!OperatingSystem.IsWindows() && !_options.IsSingleSite)
        {
            _signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                Volatile.Write(ref _asked, true);
            });
        }

        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _signal?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, _timeProvider);
        var last = _applied;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var stamp = FileStamp.Of(_file?.Path);
                if (Interlocked.Exchange(ref _asked, false) || (stamp == last && stamp != _applied))
                {
                    _applied = stamp;
                    await ReloadAsync();
                }

                last = stamp;
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end, also that of a gateway that could not start.
        }
    }

    private async Task ReloadAsync()
    {
        _serviceManager.Reloading();
        try
        {
            if (_file is { } file)
            {
                await ApplyAsync(file);
            }
            else
            {
                (_configuration as IConfigurationRoot)?.Reload();
                ReloadLog.ConfigurationRead(_logger, "appsettings.json");
            }

            _certificates.Refresh();
        }
        finally
        {
            _serviceManager.Reloaded();
        }
    }

    private async Task ApplyAsync(ConfigurationFile file)
    {
        var before = RestartKeys.Read(_configuration, _options);
        try
        {
            var content = ConfigurationFile.Read(file.Path);
            await using (var trial = GatewayApplication.Build(_options, content))
            {
                _certificates.Use(CertificateSources.Read(trial.Configuration, trial.Services.GetRequiredService<GatewaySettings>().Tls));
            }

            file.Replace(content);
        }
        catch (Exception exception)
        {
            // Whatever it is: what serves goes on.
            foreach (var error in StartupErrors.Describe(exception).DefaultIfEmpty(exception.Message))
            {
                ReloadLog.ConfigurationRefused(_logger, error);
            }

            return;
        }

        ReloadLog.ConfigurationRead(_logger, file.Path);
        foreach (var key in RestartKeys.Changed(before, RestartKeys.Read(_configuration, _options)))
        {
            ReloadLog.RestartNeeded(_logger, key);
        }
    }
}
