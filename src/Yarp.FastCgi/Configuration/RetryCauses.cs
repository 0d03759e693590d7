namespace Yarp.FastCgi.Configuration;

/// <summary>The words for <see cref="RetryCause"/> in logs, in telemetry and, except for statuses, in the configuration.</summary>
internal static class RetryCauses
{
    private const string ConnectFailure = "connect-failure";
    private const string StaleConnection = "stale-connection";
    private const string Overloaded = "overloaded";
    private const string EmptyResponse = "empty-response";
    private const string Status = "status";

    public static bool TryParse(string word, out RetryCause cause)
    {
        cause = word.ToLowerInvariant() switch
        {
            ConnectFailure => RetryCause.ConnectFailure,
            StaleConnection => RetryCause.StaleConnection,
            Overloaded => RetryCause.Overloaded,
            EmptyResponse => RetryCause.EmptyResponse,
            _ => RetryCause.None,
        };
        return cause != RetryCause.None;
    }

    public static string GetWord(RetryCause cause) => cause switch
    {
        RetryCause.ConnectFailure => ConnectFailure,
        RetryCause.StaleConnection => StaleConnection,
        RetryCause.Overloaded => Overloaded,
        RetryCause.EmptyResponse => EmptyResponse,
        _ => Status,
    };
}
