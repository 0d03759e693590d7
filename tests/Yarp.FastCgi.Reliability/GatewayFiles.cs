using System.Text.Json;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Reliability;

/// <summary>Starts gateways in front of one application, each with a configuration file of its own.</summary>
internal static class GatewayFiles
{
    /// <param name="directory">Takes the file.</param>
    /// <param name="name">Tells the files apart.</param>
    /// <param name="address">Where the application listens.</param>
    /// <param name="options">FastCgi options of the cluster.</param>
    public static Task<GatewayProcess> StartAsync(TempDirectory directory, string name, string address, IReadOnlyDictionary<string, string> options)
    {
        var file = directory.WriteFile(
            $"{name}.json",
            $$"""
            {
              "Gateway": { "DrainDelay": "00:00:00", "DrainTimeout": "00:00:01" },
              "ReverseProxy": {
                "Routes": { "app": { "ClusterId": "app", "Match": { "Path": "{**path}" } } },
                "Clusters": { "app": { "Transport": "fastcgi", "FastCgi": {{JsonSerializer.Serialize(options)}}, "Destinations": { "a": { "Address": "{{address}}" } } } }
              }
            }
            """);
        return GatewayProcess.StartAsync(directory.Path, new Dictionary<string, string>(), "--config", file, "--listen", "http://127.0.0.1:0");
    }
}
