using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>A connection with TLS of which a test sees the certificates.</summary>
internal sealed class TlsClient : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly SslStream _stream;

    private TlsClient(Socket socket, SslStream stream)
    {
        _socket = socket;
        _stream = stream;
    }

    public string Thumbprint { get; private set; } = "";

    /// <summary>The subjects of the intermediates that the server has sent.</summary>
    public IReadOnlyList<string> Intermediates { get; private set; } = [];

    public SslProtocols Protocol => _stream.SslProtocol;

    public SslApplicationProtocol Application => _stream.NegotiatedApplicationProtocol;

    public static async Task<TlsClient> ConnectAsync(IPEndPoint endpoint, string host, SslProtocols protocols = SslProtocols.None, bool http2 = false)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endpoint);
        return await HandshakeAsync(socket, host, protocols, http2);
    }

    /// <param name="socket">A connection; it is the client's from now on.</param>
    /// <param name="host">The name to ask for; an empty one asks for none.</param>
    /// <param name="protocols">The versions of TLS to offer.</param>
    /// <param name="http2">Whether to offer HTTP/2.</param>
    public static async Task<TlsClient> HandshakeAsync(Socket socket, string host, SslProtocols protocols = SslProtocols.None, bool http2 = false)
    {
        var client = new TlsClient(socket, new SslStream(new NetworkStream(socket)));
        await client._stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = protocols,
            ApplicationProtocols = http2 ? [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] : [SslApplicationProtocol.Http11],
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                client.Thumbprint = certificate is X509Certificate2 { Thumbprint: var thumbprint } ? thumbprint : "";
                client.Intermediates = [.. chain!.ChainPolicy.ExtraStore.Select(extra => extra.Subject).Where(subject => subject == "CN=intermediate").Distinct()];
                return true;
            },
        }).WithinAsync("the handshake");
        return client;
    }

    /// <summary>Sends, and reads until the gateway closes the connection.</summary>
    public async Task<string> SendAsync(string request)
    {
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(_stream, Encoding.Latin1, leaveOpen: true);
        return await reader.ReadToEndAsync().WithinAsync("the response");
    }

    /// <summary>Sends a request and reads a response of which only the end is known.</summary>
    public async Task<string> SendAndKeepAsync(string request, string end)
    {
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        var received = new StringBuilder();
        var buffer = new byte[4096];
        while (!received.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            var count = await _stream.ReadAsync(buffer).AsTask().WithinAsync("the response");
            if (count == 0)
            {
                throw new InvalidOperationException($"The connection was closed behind '{received}'.");
            }

            received.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return received.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _socket.Dispose();
    }
}
