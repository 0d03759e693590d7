using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Listeners;

/// <summary>The section <c>Gateway:Listeners</c>: what addresses cannot say.</summary>
internal sealed record ListenerOptions
{
    /// <summary>The mode of the files of unix sockets: who may write to one may send requests. Default: null, what the umask leaves.</summary>
    public UnixFileMode? SocketMode { get; private init; }

    public static ListenerOptions Read(SectionReader section)
        => new() { SocketMode = section.TryRead(nameof(SocketMode), FileModeFormat.Instance, out var mode) ? mode : null };
}
