namespace Yarp.FastCgi.Bench;

/// <summary>What connections and requests cost a server in memory of its own.</summary>
/// <param name="Name">The server's.</param>
/// <param name="Mebibytes">Before there were any.</param>
/// <param name="IdleKibibytes">For each connection that has had an answer and is idle.</param>
/// <param name="RequestKibibytes">For each request on such a connection that waits for the application, on top.</param>
/// <param name="Errors">Requests without an answer.</param>
internal sealed record MemoryRow(string Name, double Mebibytes, double IdleKibibytes, double RequestKibibytes, long Errors);
