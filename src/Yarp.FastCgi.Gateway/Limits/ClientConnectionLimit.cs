using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Yarp.FastCgi.Gateway.Networks;

namespace Yarp.FastCgi.Gateway.Limits;

/// <summary>
/// Closes a connection of a client that has as many as it may have. It stands behind the PROXY protocol, whose addresses count. Kestrel itself only counts all
/// clients' connections together.
/// </summary>
internal sealed class ClientConnectionLimit(int limit, ILogger logger)
{
    private readonly Lock _lock = new();

    // No more entries than connections.
    private readonly Dictionary<IPAddress, int> _counts = [];

    public void Use(ListenOptions listener) => listener.Use(next => connection => OnConnectionAsync(next, connection));

    public async Task OnConnectionAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        // The peers of a unix socket have no address: all of them are whatever stands in front.
        if (ClientNetwork.Of((connection.RemoteEndPoint as IPEndPoint)?.Address) is not { } client)
        {
            await next(connection);
            return;
        }

        if (!TryEnter(client))
        {
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            Leave(client);
        }
    }

    private bool TryEnter(IPAddress client)
    {
        int count;
        lock (_lock)
        {
            count = _counts.GetValueOrDefault(client);
            if (count < limit)
            {
                _counts[client] = count + 1;
                return true;
            }
        }

        LimitLog.TooManyConnections(logger, client, count);
        return false;
    }

    private void Leave(IPAddress client)
    {
        lock (_lock)
        {
            var count = _counts[client] - 1;
            if (count > 0)
            {
                _counts[client] = count;
            }
            else
            {
                _counts.Remove(client);
            }
        }
    }
}
