using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Yarp.FastCgi.Gateway.ProxyProtocol;

/// <summary>
/// Takes the header of the PROXY protocol off the connections of trusted peers, in front of TLS, and gives the connection the addresses that it names. A trusted
/// peer's connection without one is closed: its client would pass for the load balancer. Nobody else's is looked at: what begins like a header there is no HTTP.
/// </summary>
internal sealed class ProxyProtocolMiddleware(ConnectionDelegate next, ProxyProtocolOptions options, ILogger logger, TimeProvider timeProvider)
{
    public static void Use(ListenOptions listener, ProxyProtocolOptions options)
    {
        if (options.TrustedNetworks.Count > 0)
        {
            var logger = listener.ApplicationServices.GetRequiredService<ILogger<ProxyProtocolMiddleware>>();
            var timeProvider = listener.ApplicationServices.GetService<TimeProvider>() ?? TimeProvider.System;
            listener.Use(next => new ProxyProtocolMiddleware(next, options, logger, timeProvider).OnConnectionAsync);
        }
    }

    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        if (!options.TrustedNetworks.Contains((connection.RemoteEndPoint as IPEndPoint)?.Address) || await TryReadHeaderAsync(connection))
        {
            await next(connection);
        }
    }

    private async Task<bool> TryReadHeaderAsync(ConnectionContext connection)
    {
        using var expiry = new CancellationTokenSource(options.Timeout, timeProvider);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, connection.ConnectionClosed);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(end.Token);
                var status = Read(result.Buffer, out var header);
                if (status == OperationStatus.Done)
                {
                    input.AdvanceTo(result.Buffer.GetPosition(header.Length));
                    Apply(connection, header);
                    return true;
                }

                input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                if (status == OperationStatus.InvalidData || result.IsCompleted)
                {
                    // A peer that looks whether the port is open sends nothing, and is no news.
                    if (!result.Buffer.IsEmpty)
                    {
                        ProxyProtocolLog.HeaderMissing(logger, connection.RemoteEndPoint);
                    }

                    return false;
                }
            }
        }
        catch (OperationCanceledException)
        {
            if (expiry.IsCancellationRequested)
            {
                ProxyProtocolLog.HeaderLate(logger, connection.RemoteEndPoint, options.Timeout);
            }

            return false;
        }
        catch (Exception exception) when (exception is ConnectionResetException or ConnectionAbortedException)
        {
            return false;
        }
    }

    private static OperationStatus Read(ReadOnlySequence<byte> buffer, out ProxyHeader header)
        => buffer.IsSingleSegment
            ? ProxyHeaderReader.Read(buffer.FirstSpan, out header)
            : ProxyHeaderReader.Read(buffer.Slice(0, Math.Min(buffer.Length, ProxyHeaderV2.MaxLength)).ToArray(), out header);

    private static void Apply(ConnectionContext connection, ProxyHeader header)
    {
        if (header is { Source: { } source, Destination: { } destination })
        {
            connection.RemoteEndPoint = source;
            connection.LocalEndPoint = destination;
        }
    }
}
