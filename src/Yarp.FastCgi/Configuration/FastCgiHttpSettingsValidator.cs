using System.Globalization;
using Yarp.FastCgi.Configuration.Tables;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Configuration.ClusterValidators;

namespace Yarp.FastCgi.Configuration;

/// <summary>YARP's settings for HTTP connections that mean nothing on a FastCGI cluster: no TLS, no web proxy, no HTTP version.</summary>
internal sealed class FastCgiHttpSettingsValidator : IClusterValidator
{
    public ValueTask ValidateAsync(ClusterConfig cluster, IList<Exception> errors)
    {
        if (!TransportMark.IsFastCgi(cluster.Metadata))
        {
            return ValueTask.CompletedTask;
        }

        if (cluster.HttpClient is { } client)
        {
            Refuse(nameof(client.SslProtocols), client.SslProtocols);
            Refuse(nameof(client.DangerousAcceptAnyServerCertificate), client.DangerousAcceptAnyServerCertificate);
            Refuse(nameof(client.WebProxy), client.WebProxy);
            Refuse(nameof(client.EnableMultipleHttp2Connections), client.EnableMultipleHttp2Connections);
            Refuse(nameof(client.RequestHeaderEncoding), client.RequestHeaderEncoding);
            Refuse(nameof(client.ResponseHeaderEncoding), client.ResponseHeaderEncoding);
            CheckMaxConnections(cluster, client.MaxConnectionsPerServer, errors);

            void Refuse(string name, object? value) => RefuseHttp(cluster, $"{nameof(ClusterConfig.HttpClient)}:{name}", value, errors);
        }

        if (cluster.HttpRequest is { } request)
        {
            RefuseHttp(cluster, $"{nameof(ClusterConfig.HttpRequest)}:{nameof(request.Version)}", request.Version, errors);
            RefuseHttp(cluster, $"{nameof(ClusterConfig.HttpRequest)}:{nameof(request.VersionPolicy)}", request.VersionPolicy, errors);
        }

        return ValueTask.CompletedTask;
    }

    private static void RefuseHttp(ClusterConfig cluster, string key, object? value, IList<Exception> errors)
    {
        if (value is not null)
        {
            var text = value is WebProxyConfig proxy ? proxy.Address?.ToString() : Convert.ToString(value, CultureInfo.InvariantCulture);
            errors.Add(cluster, $"'{key}' is {ControlCharacters.Quote(text ?? "")}, but has no meaning on a FastCGI cluster: remove it.");
        }
    }

    // It is the default of MaxConnections, so the same range holds. YARP itself refuses what is not positive.
    private static void CheckMaxConnections(ClusterConfig cluster, int? value, IList<Exception> errors)
    {
        var format = ConnectionTable.ConnectionsFormat;
        if (value > 0 && !format.TryParse(format.Format(value.Value), out _))
        {
            errors.Add(cluster, $"'{nameof(ClusterConfig.HttpClient)}:{nameof(HttpClientConfig.MaxConnectionsPerServer)}' is '{format.Format(value.Value)}', but must be {format.Form} on a FastCGI cluster.");
        }
    }
}
