namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>What is known of an application's answer to the question whether it multiplexes.</summary>
internal enum MultiplexingAnswer
{
    /// <summary>The next request has it asked.</summary>
    Unknown,

    /// <summary>It was asked. Requests wait for the answer.</summary>
    Awaited,

    Yes,

    /// <summary>No, no answer, or it has refused a request although it had said yes.</summary>
    No,
}
