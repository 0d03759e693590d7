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
        var store = app.Services.GetRequiredService<CertificateStore>();
        try
        {
            store.Use(CertificateSources.Read(app.Configuration, options));
        }
        catch (AggregateException exception)
        {
            errors.AddRange(exception.InnerExceptions);
        }
    }
}
