namespace Yarp.FastCgi.Client.Connections;

/// <summary>What an application says of its own load.</summary>
/// <param name="Workers">Requests that it works on at a time.</param>
/// <param name="OtherRequests">Requests at work or in its queue that were not ours.</param>
/// <param name="IsCongested">Whether a queue is there to stay: it has not become shorter from one look to the next.</param>
internal sealed record ApplicationLoad(int Workers, int OtherRequests, bool IsCongested);
