namespace Yarp.FastCgi.Bench;

/// <summary>Starts the servers of each group side by side, warms them up, and gives them the load in turns.</summary>
internal sealed class BenchRun
{
    public required IReadOnlyList<Peer> Peers { get; init; }

    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    public required int Rounds { get; init; }

    public required int Seconds { get; init; }

    public required int WarmUpSeconds { get; init; }

    public required bool CountsSystemCalls { get; init; }

    public void Run(TextWriter output)
    {
        var report = new Report(output);
        report.WriteMachine(Peers);
        var port = 18_000;
        foreach (var group in Scenarios.GroupBy(scenario => scenario.Group))
        {
            var directory = Directory.CreateTempSubdirectory("bench").FullName;
            try
            {
                // Workers of php-fpm and of some servers run as another user.
                File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
                RunGroup(group.Key, [.. group], directory, ref port, report);
            }
            finally
            {
                Directory.Delete(directory, recursive: true);
            }
        }

        report.WriteSummary();
    }

    private void RunGroup(Group group, IReadOnlyList<Scenario> scenarios, string directory, ref int port, Report report)
    {
        var applications = new List<RunningApplication>();
        var certificate = group.Tls ? Certificate.Create(directory) : null;
        var running = new List<RunningPeer>();
        try
        {
            foreach (var peer in Peers)
            {
                // Connections that one server keeps hold workers of php-fpm: each server has its own.
                if (applications.Count == 0 || group.Application == BenchApplication.PhpFpm)
                {
                    applications.Add(RunningApplication.Start(group.Application, Directory.CreateDirectory(Path.Combine(directory, $"app{applications.Count}")).FullName, port));
                    port += 2;
                }

                var setup = new Setup(Path.Combine(directory, peer.Name), port++, applications[^1], group, certificate);
                if (peer.Supports(setup))
                {
                    try
                    {
                        running.Add(RunningPeer.Start(peer, setup));
                    }
                    catch (InvalidOperationException exception)
                    {
                        report.WriteAbsent(exception.Message);
                    }
                }
            }

            foreach (var peer in running.Where(peer => peer.Peer.IsJustInTime))
            {
                peer.WarmUp(new Scenario("warm-up", group, (scenarios.FirstOrDefault(scenario => scenario.Kind != LoadKind.Slow) ?? scenarios[0]).Path), WarmUpSeconds);
            }

            foreach (var scenario in scenarios)
            {
                if (scenario.Kind == LoadKind.Memory)
                {
                    report.WriteMemory(scenario, [.. running.Select(peer => peer.MeasureMemory(scenario))]);
                }
                else
                {
                    report.WriteScenario(scenario, Measure(scenario, running));
                }
            }
        }
        finally
        {
            running.ForEach(peer => peer.Dispose());
            applications.ForEach(application => application.Dispose());
        }
    }

    private IReadOnlyList<Row> Measure(Scenario scenario, IReadOnlyList<RunningPeer> running)
    {
        // What lasts longer by itself shows enough in one turn.
        var isSlow = scenario.Kind == LoadKind.Slow;
        var turns = running.ToDictionary(peer => peer, _ => new List<Measurement>());
        foreach (var peer in running.Where(peer => peer.Peer.IsJustInTime && !isSlow))
        {
            peer.WarmUp(scenario, Math.Max(1, Seconds / 2));
        }

        for (var round = 0; round < (isSlow ? 1 : Rounds); round++)
        {
            foreach (var peer in running)
            {
                turns[peer].Add(peer.Measure(scenario, Seconds));
            }
        }

        return [.. running.Select(peer => Row.Of(peer.Peer.Name, turns[peer], CountsSystemCalls && !isSlow ? peer.CountSystemCalls(scenario) : null))];
    }
}
