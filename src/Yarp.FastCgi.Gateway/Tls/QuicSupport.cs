using System.Net.Quic;

namespace Yarp.FastCgi.Gateway.Tls;

/// <summary>Whether this machine can speak QUIC, and so HTTP/3.</summary>
internal static class QuicSupport
{
    public static bool IsThere => (OperatingSystem.IsLinux() || OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()) && QuicListener.IsSupported;
}
