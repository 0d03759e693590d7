namespace Yarp.FastCgi.Gateway.Tls;

/// <summary>Sets up the certificates of a gateway.</summary>
internal static class GatewayCertificates
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<CertificateStore>();
        services.AddHostedService<CertificateRefresh>();
    }

    /// <param name="app">The gateway.</param>
    /// <param name="options">Where the certificates are.</param>
    /// <param name="errors">Receives those that cannot be used.</param>
    public static void Load(WebApplication app, TlsOptions options, List<Exception> errors)
    {
        var sources = CertificateSources.Read(app.Configuration, options);
        if (sources.Certificates.Count > 0 && !QuicSupport.IsThere)
        {
            TlsLog.QuicMissing(app.Services.GetRequiredService<ILogger<CertificateStore>>());
        }

        try
        {
            app.Services.GetRequiredService<CertificateStore>().Use(sources);
        }
        catch (AggregateException exception)
        {
            errors.AddRange(exception.InnerExceptions);
        }
    }
}
