using System.Diagnostics.CodeAnalysis;

namespace Yarp.FastCgi.Configuration;

/// <summary>
/// The names of policies that need no code: <c>FastCgiAuthorizer:cluster</c>, ignoring case as all names of policies and clusters.
/// </summary>
internal static class AuthorizerPolicyName
{
    public const string Prefix = "FastCgiAuthorizer:";

    /// <param name="policyName">The name of any policy.</param>
    /// <param name="clusterId">What follows the prefix; may be empty.</param>
    public static bool TryParse(string? policyName, [NotNullWhen(true)] out string? clusterId)
    {
        var isOurs = policyName?.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) == true;
        clusterId = isOurs ? policyName![Prefix.Length..] : null;
        return isOurs;
    }
}
