using System.Diagnostics;
using System.Globalization;

namespace Yarp.FastCgi.Bench;

/// <summary>A program and all processes that it has started, found by the session that it leads; on one core or more.</summary>
internal sealed class ProcessGroup : IDisposable
{
    // Linux counts processor time in hundredths of a second, whatever the kernel's own tick (USER_HZ).
    private const double MicrosecondsPerTick = 10_000;

    private readonly Process _process;
    private readonly List<string> _output = [];

    private ProcessGroup(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>What it has written last; for errors.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output.TakeLast(20));
            }
        }
    }

    public bool HasExited => _process.HasExited;

    /// <param name="cores">For taskset: 0, or 0,1.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">Variables besides the inherited ones.</param>
    public static ProcessGroup Start(string cores, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        // setsid replaces itself by the program, and taskset too, so that the id is the session's.
        var start = new ProcessStartInfo("setsid", ["taskset", "-c", cores, .. command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var group = new ProcessGroup(Process.Start(start)!);
        group._process.OutputDataReceived += (_, line) => group.Add(line.Data);
        group._process.ErrorDataReceived += (_, line) => group.Add(line.Data);
        group._process.BeginOutputReadLine();
        group._process.BeginErrorReadLine();
        return group;
    }

    /// <summary>Processor time of all its processes, user and system, those included that have ended and were waited for; in microseconds.</summary>
    public double CpuMicroseconds() => Members().Sum(stat => stat[11..15].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)) * MicrosecondsPerTick);

    /// <summary>Memory of their own of all its processes, in MiB.</summary>
    public double AnonymousMebibytes() => AnonymousMebibytes(Ids());

    /// <summary>The same of certain processes, as far as they still run.</summary>
    public static double AnonymousMebibytes(IEnumerable<int> ids) => ids.Sum(ReadAnonymous) / 1024.0;

    public IReadOnlyList<int> Ids() => [.. Members().Select(stat => int.Parse(stat[^1], CultureInfo.InvariantCulture))];

    public void Dispose()
    {
        foreach (var signal in new[] { "-TERM", "-KILL" })
        {
            foreach (var id in Ids())
            {
                using var kill = Process.Start(new ProcessStartInfo("kill", [signal, id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true })!;
                kill.WaitForExit();
            }

            if (_process.WaitForExit(TimeSpan.FromSeconds(3)))
            {
                break;
            }
        }

        _process.Dispose();
    }

    private static long ReadAnonymous(int id)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line["RssAnon:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private void Add(string? line)
    {
        if (line is not null)
        {
            lock (_output)
            {
                _output.Add(line);
            }
        }
    }

    /// <summary>The fields of /proc/id/stat behind the name, which may contain anything, and the id last.</summary>
    private IEnumerable<string[]> Members()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id))
            {
                continue;
            }

            string[] fields;
            try
            {
                var stat = File.ReadAllText($"{directory}/stat");
                fields = [.. stat[(stat.LastIndexOf(')') + 2)..].Split(' '), id.ToString(CultureInfo.InvariantCulture)];
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            if (fields[3] == _process.Id.ToString(CultureInfo.InvariantCulture))
            {
                yield return fields;
            }
        }
    }
}
