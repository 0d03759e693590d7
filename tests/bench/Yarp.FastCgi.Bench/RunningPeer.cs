using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Yarp.FastCgi.Bench;

/// <summary>A server that runs.</summary>
internal sealed class RunningPeer : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(20);

    // Requests are on their way to the application until then.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

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
        using var memory = new MemorySampler(_processes);
        var allocated = Allocated();
        var cpu = _processes.CpuMicroseconds();
        var load = LoadGenerator.Run(scenario, _setup, seconds);
        var requests = load.Requests == 0 ? double.NaN : load.Requests;
        return new Measurement(load, (_processes.CpuMicroseconds() - cpu) / requests, memory.MostMebibytes(), (Allocated() - allocated) / requests);
    }

    /// <summary>What connections cost that are idle, and what requests that wait for the application.</summary>
    public MemoryRow MeasureMemory(Scenario scenario)
    {
        var before = _processes.AnonymousMebibytes();
        using var clients = MemoryClients.Start(_setup.Port, scenario.Connections);
        var errors = clients.WaitFor("idle");
        Thread.Sleep(Settling);
        var idle = _processes.AnonymousMebibytes();
        clients.GoOn();
        errors += clients.WaitFor("held");
        Thread.Sleep(Settling);
        var waiting = _processes.AnonymousMebibytes();
        clients.GoOn();
        errors += clients.WaitFor("done");
        return new MemoryRow(Peer.Name, before, (idle - before) * 1024 / scenario.Connections, (waiting - idle) * 1024 / scenario.Connections, errors);
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

    private long? Allocated() => Peer.IsJustInTime ? AllocationProbe.Read(_setup) : null;

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
