using System.Collections;
using System.Net;

namespace Yarp.FastCgi.Interpreters;

/// <summary>The environment variables of an interpreter.</summary>
internal static class InterpreterEnvironment
{
    /// <summary>The peers that libfcgi accepts connections of (FastCGI 1.0, section 3.2). Anybody's are accepted without it.</summary>
    private const string WebServerAddresses = "FCGI_WEB_SERVER_ADDRS";

    public static IReadOnlyDictionary<string, string> Create(InterpreterSettings settings)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        if (settings.InheritEnvironment)
        {
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            {
                variables[(string)variable.Key] = (string?)variable.Value ?? "";
            }
        }

        // The gateway's own peers, if it is a FastCGI application itself.
        variables.Remove(WebServerAddresses);
        if (settings.PassSocket && IPAddress.TryParse(settings.Endpoint.Host, out var address))
        {
            variables[WebServerAddresses] = address.ToString();
        }

        foreach (var (name, value) in settings.Environment)
        {
            variables[name] = EnvironmentText.Expand(value, Environment.GetEnvironmentVariable);
        }

        return variables;
    }
}
