using System.Diagnostics;
using System.Globalization;

namespace Yarp.FastCgi.Bench;

/// <summary>Starts servers in turns, one at a time, as programs and in containers, and tells how long they take to the first page, how much memory they need and how large they are.</summary>
internal sealed class FootprintRun
{
    private const int LoadSeconds = 2;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);
    private static readonly Group Group = new(BenchApplication.PhpFpm, Cores: 2);
    private static readonly Scenario Load = new("footprint", Group, "/hello.php");

    // Peers that are one program, each with its image.
    private static readonly IReadOnlyDictionary<string, PeerImage?> Images = new Dictionary<string, PeerImage?>
    {
        [Bench.Peers.Reference] = new("localhost/bench-nginx", "/usr/sbin/nginx"),
        ["caddy"] = new("localhost/bench-caddy", "/usr/bin/caddy"),
        ["gateway-aot"] = new("localhost/yarp-fastcgi-gateway", "/app/Yarp.FastCgi.Gateway"),
        ["gateway"] = null,
    };

    private int _port = 19_000;

    public required int Rounds { get; init; }

    public void Run(TextWriter output)
    {
        IReadOnlyList<Peer> peers = [.. Bench.Peers.All.Where(peer => Images.ContainsKey(peer.Name))];
        var report = new Report(output);
        report.WriteMachine(peers);
        var directory = Directory.CreateTempSubdirectory("bench").FullName;
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        try
        {
            using var application = RunningApplication.Start(Group.Application, Directory.CreateDirectory(Path.Combine(directory, "app")).FullName, _port++);
            report.WriteFootprints("As a program", Measure(peers, directory, application, static (setup, _) => setup), peer => Size(peer));
            report.WriteFootprints(
                "In a container",
                Measure([.. peers.Where(peer => Images[peer.Name] is not null)], directory, application, static (setup, peer) => setup with { Image = Images[peer.Name] }),
                peer => long.Parse(Podman("image", "inspect", "--format", "{{.Size}}", Images[peer.Name]!.Name), CultureInfo.InvariantCulture));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private IReadOnlyDictionary<Peer, IReadOnlyList<Footprint>> Measure(IReadOnlyList<Peer> peers, string directory, RunningApplication application, Func<Setup, Peer, Setup> with)
    {
        var turns = peers.ToDictionary(peer => peer, _ => new List<Footprint>());

        // What the first turn reads from the disk is in memory for the others.
        for (var round = 0; round <= Rounds; round++)
        {
            foreach (var peer in peers)
            {
                var port = _port++;
                var own = Path.Combine(directory, port.ToString(CultureInfo.InvariantCulture));
                Directory.CreateDirectory(own);

                // The containers' user writes into it.
                File.SetUnixFileMode(own, (UnixFileMode)0b111_111_111);
                var footprint = Measure(peer, with(new Setup(own, port, application, Group, Certificate: null), peer));
                if (round > 0)
                {
                    turns[peer].Add(footprint);
                }
            }
        }

        return turns.ToDictionary(turn => turn.Key, IReadOnlyList<Footprint> (turn) => turn.Value);
    }

    private static Footprint Measure(Peer peer, Setup setup)
    {
        var start = Stopwatch.GetTimestamp();
        using var processes = peer.Start(setup);
        try
        {
            FirstPage.WaitFor(Load.Path, setup.Port);
            var elapsed = Stopwatch.GetElapsedTime(start);
            var id = setup.Image is null ? processes.Id : int.Parse(Podman("inspect", "--format", "{{.State.Pid}}", setup.ContainerName), CultureInfo.InvariantCulture);
            Thread.Sleep(Settling);
            var idle = ProcessTree.Mebibytes(id);
            var load = LoadGenerator.Run(Load, setup, LoadSeconds);
            return load.Errors == 0
                ? new Footprint(elapsed.TotalMilliseconds, idle, ProcessTree.Mebibytes(id))
                : throw new InvalidOperationException($"{load.Errors} requests to {peer.Name} failed: {load.FirstError}");
        }
        catch (TimeoutException exception)
        {
            throw new InvalidOperationException($"{peer.Name} does not serve:\n{processes.Output}", exception);
        }
        finally
        {
            if (setup.Image is not null)
            {
                Podman("rm", "--force", "--ignore", "--time", "0", setup.ContainerName);
            }
        }
    }

    /// <summary>The bytes of a program, or of all that was published with it where it needs that.</summary>
    private static long Size(Peer peer) => peer.Name switch
    {
        "gateway" => Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "gateway")).Where(file => Path.GetExtension(file) is not (".pdb" or ".xml")).Sum(file => new FileInfo(file).Length),
        "gateway-aot" => new FileInfo(Path.Combine(AppContext.BaseDirectory, "gateway-aot", "Yarp.FastCgi.Gateway")).Length,
        _ => new FileInfo(Images[peer.Name]!.Program).Length,
    };

    private static string Podman(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("podman", arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"podman {string.Join(' ', arguments)} ended with code {process.ExitCode}.");
    }
}
