namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>Where a request body is between client and application.</summary>
public enum BodyKeeping
{
    /// <summary>Received whole, in memory.</summary>
    Memory,

    /// <summary>Received whole, in a temporary file.</summary>
    File,

    /// <summary>Passed on as it comes.</summary>
    Streamed,
}

internal static class BodyKeepingExtensions
{
    /// <summary>The members of the route's FastCgi object.</summary>
    public static string ToJson(this BodyKeeping keeping) => """ "CheckFile": "Off", """ + keeping switch
    {
        BodyKeeping.Memory => """ "RequestBufferSize": 16777216 """,
        BodyKeeping.File => """ "RequestBufferSize": 0 """,
        _ => """ "RequestBuffering": false """,
    };
}
