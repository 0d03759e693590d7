using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Yarp.FastCgi.Gateway.Management;

/// <summary>Tells requests of the management listener from those of clients, for telemetry of the whole process.</summary>
internal static class ManagementRequests
{
    /// <summary>Marks the connections of a listener.</summary>
    public static void Mark(ListenOptions listener) => listener.Use(static next => connection =>
    {
        connection.Features.Set(Sign.Instance);
        return next(connection);
    });

    /// <summary>Whether a request came on such a connection.</summary>
    public static bool Contain(HttpContext context) => context.Features.Get<Sign>() is not null;

    private sealed class Sign
    {
        public static readonly Sign Instance = new();
    }
}
