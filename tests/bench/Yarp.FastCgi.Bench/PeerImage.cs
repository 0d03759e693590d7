namespace Yarp.FastCgi.Bench;

/// <summary>A server as an image without anything else in it.</summary>
/// <param name="Name">The image's.</param>
/// <param name="Program">Where the server is in it.</param>
internal sealed record PeerImage(string Name, string Program);
