using Yarp.FastCgi.Configuration.Tables;

namespace Yarp.FastCgi.Configuration;

/// <summary>The table of all options of routes and clusters. Each is described in one place, the part of the table that it belongs to.</summary>
internal static class FastCgiSettings
{
    /// <summary>Every option, in the order of the reference.</summary>
    public static readonly IReadOnlyList<FastCgiSetting> All =
    [
        .. ScriptTable.All,
        .. ParamTable.All,
        .. RequestTable.All,
        .. ResponseTable.All,
        .. ConnectionTable.All,
        .. RetryTable.All,
        .. HealthTable.All,
    ];

    /// <summary>Whether options stand below this name: <c>Retries</c>, <c>Interpreter</c>.</summary>
    public static bool IsGroup(ReadOnlySpan<char> name)
        => name.Equals(nameof(FastCgiClusterOptions.Retries), StringComparison.OrdinalIgnoreCase)
            || name.Equals(nameof(FastCgiDestinationOptions.Interpreter), StringComparison.OrdinalIgnoreCase);
}
