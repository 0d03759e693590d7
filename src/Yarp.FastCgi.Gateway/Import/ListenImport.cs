using System.Text.Json.Nodes;

namespace Yarp.FastCgi.Gateway.Import;

/// <summary>Where the servers listen, as Kestrel's endpoints: one for each address, with the certificates of all servers there by host.</summary>
internal sealed class ListenImport(ImportReport report)
{
    private readonly Dictionary<string, JsonObject> _endpoints = [];

    /// <summary>Null when no server says where it listens.</summary>
    public JsonObject? Kestrel
        => _endpoints.Count == 0 ? null : new JsonObject { ["Endpoints"] = new JsonObject(_endpoints.Select(static endpoint => KeyValuePair.Create(endpoint.Key, (JsonNode?)endpoint.Value))) };

    public void Add(NginxDirective server, NginxScope scope)
    {
        foreach (var listen in server.Children.Where(static child => child.Name == "listen"))
        {
            AddEndpoint(listen, scope);
        }
    }

    private void AddEndpoint(NginxDirective listen, NginxScope scope)
    {
        var isTls = listen.Arguments.Contains("ssl");
        if (listen.Arguments.FirstOrDefault(static argument => argument is "quic" or "proxy_protocol" or "udp") is { } other)
        {
            report.Add(listen, $"{other} is the gateway's own setting");
        }

        if (listen.Arguments.Contains("quic") || Address(listen.Argument(0)) is not { } address)
        {
            return;
        }

        var url = $"{(isTls ? "https" : "http")}://{address}";
        var name = url.Replace("://", "-", StringComparison.Ordinal).Replace(':', '-').Replace('*', 'a').Replace('[', '-').Replace(']', '-').Replace('/', '-');
        if (!_endpoints.TryGetValue(name, out var endpoint))
        {
            _endpoints[name] = endpoint = new JsonObject { ["Url"] = url };

            // Cleartext speaks one version, and browsers speak HTTP/2 over TLS alone.
            endpoint["Protocols"] = isTls ? "Http1AndHttp2" : "Http1";
        }

        if (isTls)
        {
            AddCertificate(listen, endpoint, scope);
        }
    }

    private void AddCertificate(NginxDirective listen, JsonObject endpoint, NginxScope scope)
    {
        if (scope.Value("ssl_certificate") is not { } path || scope.Value("ssl_certificate_key") is not { } key)
        {
            report.Add(listen, "no ssl_certificate: set 'Kestrel:Certificates:Default'");
            return;
        }

        endpoint["Certificate"] ??= new JsonObject { ["Path"] = path, ["KeyPath"] = key };
        if (endpoint["Sni"] is not JsonObject hosts)
        {
            endpoint["Sni"] = hosts = new JsonObject { ["*"] = new JsonObject { ["Certificate"] = new JsonObject { ["Path"] = path, ["KeyPath"] = key } } };
        }

        foreach (var host in scope.FindAll("server_name").SelectMany(static names => names.Arguments).Where(static host => host.Length > 1 && char.IsAsciiLetterOrDigit(host[0])))
        {
            hosts[host] ??= new JsonObject { ["Certificate"] = new JsonObject { ["Path"] = path, ["KeyPath"] = key } };
        }
    }

    /// <summary>As Kestrel has addresses: every address for a port alone, whatever the version of IP.</summary>
    private static string? Address(string text)
    {
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            return text;
        }

        if (text.All(char.IsAsciiDigit) && text.Length > 0)
        {
            return "*:" + text;
        }

        var hasPort = text.LastIndexOf(':') > text.LastIndexOf(']');
        var address = hasPort ? text : text + ":80";
        return address.Replace("[::]:", "*:", StringComparison.Ordinal).Replace("0.0.0.0:", "*:", StringComparison.Ordinal);
    }
}
