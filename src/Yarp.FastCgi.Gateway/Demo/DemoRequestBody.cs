namespace Yarp.FastCgi.Gateway.Demo;

/// <summary>What the demo application remembers of the STDIN stream.</summary>
/// <param name="Length">Bytes received.</param>
/// <param name="Sha256">Hash of all of them, in lower-case hexadecimal digits.</param>
/// <param name="Text">The first of them read as UTF-8; other bytes show as U+FFFD.</param>
/// <param name="IsTruncated">Whether <paramref name="Text"/> leaves out the rest.</param>
internal sealed record DemoRequestBody(long Length, string Sha256, string Text, bool IsTruncated);
