using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>The appsettings.json of a gateway that runs one program.</summary>
internal static class InterpreterConfiguration
{
    /// <param name="program">The program.</param>
    /// <param name="members">Further members of Interpreter.</param>
    public static string Of(InterpreterProgram program, string members = "") =>
        $$"""
        {
          "Kestrel": { "Endpoints": { "http": { "Url": "http://127.0.0.1:0" } } },
          "ReverseProxy": {
            "Routes": { "app": { "ClusterId": "app", "Match": { "Path": "/{**path}" } } },
            "Clusters": {
              "app": { "Transport": "fastcgi", "FastCgi": { {{program.Route}} }, "Destinations": { "a": { "Address": "{{program.Address}}", {{program.Json(members)}} } } }
            }
          }
        }
        """;
}
