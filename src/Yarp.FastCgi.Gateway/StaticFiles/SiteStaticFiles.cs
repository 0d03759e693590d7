namespace Yarp.FastCgi.Gateway.StaticFiles;

/// <summary>Serves the static files of a site's root in front of its application.</summary>
internal static class SiteStaticFiles
{
    /// <summary>Must stand before routing: the static file middleware leaves requests that have an endpoint alone.</summary>
    /// <param name="app">Receives the middleware.</param>
    /// <param name="root">Absolute path of an existing directory.</param>
    public static void Use(WebApplication app, string root)
    {
        var files = new SiteFileProvider(root);
        app.Lifetime.ApplicationStopped.Register(files.Dispose);
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            ContentTypeProvider = new StaticContentTypes(),
        });
    }
}
