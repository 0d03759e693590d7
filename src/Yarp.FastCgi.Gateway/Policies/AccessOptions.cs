using Yarp.FastCgi.Gateway.Networks;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Policies;

/// <summary>One of the sections below <c>Gateway:Access</c>: a policy for the AuthorizationPolicy of routes that goes by the client's address.</summary>
internal sealed record AccessOptions
{
    /// <summary>Who may not, whatever <see cref="Allow"/> says. Default: nobody.</summary>
    public NetworkList Deny { get; private init; } = NetworkList.Empty;

    /// <summary>Who may; empty is everybody who is not denied. Default: empty.</summary>
    public NetworkList Allow { get; private init; } = NetworkList.Empty;

    public static AccessOptions Read(SectionReader section)
    {
        var options = new AccessOptions
        {
            Deny = new NetworkList(section.ReadList(nameof(Deny), NetworkFormat.Instance, [])),
            Allow = new NetworkList(section.ReadList(nameof(Allow), NetworkFormat.Instance, [])),
        };

        // A list without an element, or with wrong ones only, must not be everybody.
        if (options.Deny.Count == 0 && options.Allow.Count == 0)
        {
            section.Refuse(nameof(Allow), "and Deny are both empty: the policy would let everybody in. Name networks.");
        }

        return options;
    }
}
