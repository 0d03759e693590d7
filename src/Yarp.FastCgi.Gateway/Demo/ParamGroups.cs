using System.Collections.Frozen;

namespace Yarp.FastCgi.Gateway.Demo;

/// <summary>Sorts params into their groups.</summary>
internal static class ParamGroups
{
    private static readonly FrozenSet<string> CgiNames = FrozenSet.Create(
        StringComparer.Ordinal,
        "AUTH_TYPE",
        "CONTENT_LENGTH",
        "CONTENT_TYPE",
        "GATEWAY_INTERFACE",
        "PATH_INFO",
        "PATH_TRANSLATED",
        "QUERY_STRING",
        "REMOTE_ADDR",
        "REMOTE_HOST",
        "REMOTE_IDENT",
        "REMOTE_USER",
        "REQUEST_METHOD",
        "SCRIPT_NAME",
        "SERVER_NAME",
        "SERVER_PORT",
        "SERVER_PROTOCOL",
        "SERVER_SOFTWARE");

    public static ParamGroup Of(string name)
        => CgiNames.Contains(name) ? ParamGroup.Cgi
            : name.StartsWith("HTTP_", StringComparison.Ordinal) ? ParamGroup.Header
            : ParamGroup.Other;
}
