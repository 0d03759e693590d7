using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Yarp.FastCgi.Gateway.Listeners;

/// <summary>
/// Tells systemd how the gateway is (sd_notify(3)), for units of Type=notify and notify-reload. Microsoft.Extensions.Hosting.Systemd tells of start and stop only, and
/// takes the signals over, which are <see cref="Hosting.GracefulStop"/>'s.
/// </summary>
internal sealed class ServiceManager
{
    private const string Variable = "NOTIFY_SOCKET";
    private const string Ready = "READY=1";
    private const int TicksPerMicrosecond = 1_000_000;

    private readonly string? _path;

    public ServiceManager(IHostApplicationLifetime lifetime)
        : this(Environment.GetEnvironmentVariable(Variable), lifetime)
    {
    }

    internal ServiceManager(string? path, IHostApplicationLifetime lifetime)
    {
        _path = path;
        lifetime.ApplicationStarted.Register(() => Tell(Ready));
        lifetime.ApplicationStopping.Register(() => Tell("STOPPING=1"));
    }

    /// <summary>The configuration is being read again. CLOCK_MONOTONIC, which .NET's time stamps are on Linux, tells systemd that this answers its signal.</summary>
    public void Reloading()
        => Tell(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={(long)((Int128)Stopwatch.GetTimestamp() * TicksPerMicrosecond / Stopwatch.Frequency)}"));

    /// <summary>It has been read.</summary>
    public void Reloaded() => Tell(Ready);

    // Whoever does not listen is not told: nothing depends on it.
    private void Tell(string state)
    {
        if (string.IsNullOrEmpty(_path))
        {
            return;
        }

        // An abstract name begins with NUL, for which the variable has an @.
        var endpoint = new UnixDomainSocketEndPoint(_path[0] == '@' ? $"\0{_path[1..]}" : _path);
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo(Encoding.UTF8.GetBytes(state), endpoint);
        }
        catch (SocketException)
        {
        }
    }
}
