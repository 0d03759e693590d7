using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi;

/// <summary>
/// Options of one destination: where its application comes from. In configuration they are the members of <c>FastCgi</c> on the
/// destination. Every property is optional; null stands for its default.
/// </summary>
public sealed record FastCgiDestinationOptions : IFastCgiOptions
{
    /// <summary>The program that the gateway runs at the destination's address. Default: none; the application runs by itself.</summary>
    public FastCgiInterpreterOptions? Interpreter { get; init; }
}
