using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>What the first request would find wrong, said before there is one. Nothing of it keeps the gateway from starting: the application may come later.</summary>
internal static class StartupNotes
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    public static async Task<IReadOnlyList<string>> FindAsync(GatewayOptions options)
    {
        var notes = new List<string>();
        if (options.Root is { } root && !File.Exists(Path.Combine(root, "index.php")))
        {
            notes.Add($"{root} has no index.php: a path that ends in a slash, / itself too, is 404");
        }

        if (options.App is { } application)
        {
            try
            {
                (await new Connector(application, ConnectTimeout, TimeProvider.System).ConnectAsync(CancellationToken.None)).Dispose();
            }
            catch (FastCgiException failure)
            {
                notes.Add(failure.Message);
            }
        }

        return notes;
    }
}
