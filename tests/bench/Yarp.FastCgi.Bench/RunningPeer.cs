using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Yarp.FastCgi.Bench;

/// <summary>A server that runs.</summary>
internal sealed class RunningPeer : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(20);

    private readonly Setup _setup;
    private readonly ProcessGroup _processes;

    private RunningPeer(Peer peer, Setup setup, ProcessGroup processes)
    {
        Peer = peer;
        _setup = setup;
        _processes = processes;
    }

    public Peer Peer { get; }

    public static RunningPeer Start(Peer peer, Setup setup)
    {
        Directory.CreateDirectory(setup.Directory);
        var running = new RunningPeer(peer, setup, peer.Start(setup));
        try
        {
            running.WaitUntilListening();
            return running;
        }
        catch
        {
            running.Dispose();
            throw;
        }
    }

    public void WarmUp(Scenario scenario, int seconds) => LoadGenerator.Run(scenario, _setup, seconds);

    public Measurement Measure(Scenario scenario, int seconds)
    {
        var allocated = Allocated();
        var cpu = _processes.CpuMicroseconds();
        var load = LoadGenerator.Run(scenario, _setup, seconds);
        var requests = Math.Max(1, load.Requests);
        return new Measurement(load, (_processes.CpuMicroseconds() - cpu) / requests, _processes.AnonymousMebibytes(), (Allocated() - allocated) / (double?)requests);
    }

    /// <summary>System calls for each request, under strace, which slows everything down but counts right.</summary>
    public double CountSystemCalls(Scenario scenario)
    {
        var report = Path.Combine(_setup.Directory, "strace.txt");
        string[] processes = [.. _processes.Ids().SelectMany(id => new[] { "-p", id.ToString(CultureInfo.InvariantCulture) })];
        LoadResult load;
        using (ProcessGroup.Start("0,1", ["strace", "-f", "-c", "-qq", "-o", report, .. processes]))
        {
            // The tracer attaches while the first requests come: they are few among those of two seconds.
            load = LoadGenerator.Run(scenario, _setup, seconds: 2);
        }

        var total = File.ReadLines(report).Last(line => line.TrimEnd().EndsWith("total", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(total[3], CultureInfo.InvariantCulture) / (double)Math.Max(1, load.Requests);
    }

    public void Dispose() => _processes.Dispose();

    private long? Allocated() => Peer.IsDotNet ? AllocationProbe.Read(_setup) : null;

    private void WaitUntilListening()
    {
        var end = DateTime.UtcNow + StartTimeout;
        while (true)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, _setup.Port);
                return;
            }
            catch (SocketException) when (DateTime.UtcNow < end && !_processes.HasExited)
            {
                Thread.Sleep(50);
            }
            catch (SocketException exception)
            {
                throw new InvalidOperationException($"{Peer.Name} does not listen:\n{_processes.Output}", exception);
            }
        }
    }
}
