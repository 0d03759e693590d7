using System.Diagnostics;
using System.Globalization;

namespace Yarp.FastCgi.Bench;

/// <summary>Prints the tables, in Markdown: one for each kind of load when it is over, and in the end one for each column with all kinds of load beside each other.</summary>
internal sealed class Report(TextWriter output)
{
    private const string NoValue = "–";

    private readonly List<(Scenario Scenario, IReadOnlyList<Row> Rows)> _scenarios = [];

    public void WriteMachine(IReadOnlyList<Peer> peers)
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        Write($"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores ({model}), {Environment.OSVersion.VersionString}, .NET {Environment.Version}");
        output.WriteLine();
        foreach (var peer in peers)
        {
            Write($"- {peer.Name}: {peer.About}");
        }

        foreach (var (program, flag) in new[] { ("nginx", "-v"), ("haproxy", "-v"), ("lighttpd", "-v"), ("apache2", "-v"), ("caddy", "version") })
        {
            Write($"- {program} {flag}: {FirstLine(program, flag)}");
        }
    }

    /// <summary>Tells of a server that takes no part because it did not start.</summary>
    public void WriteAbsent(string why)
    {
        output.WriteLine();
        Write($"Absent from what follows: {why}");
    }

    public void WriteScenario(Scenario scenario, IReadOnlyList<Row> rows)
    {
        _scenarios.Add((scenario, rows));
        var reference = FindReference(rows);
        WriteHead(scenario, "server", "CPU µs", "× " + Peers.Reference, "requests/s", "p50 ms", "p99 ms", "p99.9 ms", "MiB", "bytes allocated", "system calls", "errors");
        foreach (var row in rows)
        {
            Write($"| {row.Name} | {Optional(row.Cpu, "N1")} | {Optional(row.Cpu / reference, "N2")} | {row.Rate:N0} | {row.P50:N2} | {row.P99:N2} | {row.P999:N2} | {row.Mebibytes:N1} | {Optional(row.Allocated, "N0")} | {Optional(row.SystemCalls, "N1")} | {row.Errors} |");
        }

        foreach (var row in rows.Where(row => row.FirstError is not null))
        {
            output.WriteLine();
            Write($"{row.Name}, first error: {row.FirstError}");
        }
    }

    public void WriteMemory(Scenario scenario, IReadOnlyList<MemoryRow> rows)
    {
        WriteHead(scenario, "server", "MiB at first", $"KiB for each of {scenario.Connections.ToString(CultureInfo.InvariantCulture)} idle connections", "KiB for each of as many waiting requests", "errors");
        foreach (var row in rows)
        {
            Write($"| {row.Name} | {row.Mebibytes:N1} | {row.IdleKibibytes:N1} | {row.RequestKibibytes:N1} | {row.Errors} |");
        }
    }

    /// <param name="title">Of the table.</param>
    /// <param name="turns">What each start of each server has shown.</param>
    /// <param name="size">The bytes of a server.</param>
    public void WriteFootprints(string title, IReadOnlyDictionary<Peer, IReadOnlyList<Footprint>> turns, Func<Peer, long> size)
    {
        output.WriteLine();
        Write($"### {title}");
        output.WriteLine();
        WriteRow(["server", "MB", "first page, ms", "× " + Peers.Reference, "idle, MiB", "× " + Peers.Reference, "32 connections, MiB", "× " + Peers.Reference]);
        WriteRow(Enumerable.Repeat("---", 8));
        var reference = Median(turns.First(turn => turn.Key.Name == Peers.Reference).Value);
        foreach (var (peer, starts) in turns)
        {
            var row = Median(starts);
            Write($"| {peer.Name} | {size(peer) / 1e6:N1} | {row.StartMilliseconds:N0} | {row.StartMilliseconds / reference.StartMilliseconds:N2} | {row.IdleMebibytes:N1} | {row.IdleMebibytes / reference.IdleMebibytes:N2} | {row.LoadedMebibytes:N1} | {row.LoadedMebibytes / reference.LoadedMebibytes:N2} |");
        }
    }

    private static Footprint Median(IReadOnlyList<Footprint> starts)
    {
        return new Footprint(Of(start => start.StartMilliseconds), Of(start => start.IdleMebibytes), Of(start => start.LoadedMebibytes));

        double Of(Func<Footprint, double> value) => starts.Select(value).Order().ElementAt(starts.Count / 2);
    }

    public void WriteSummary()
    {
        if (_scenarios.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine("## All kinds of load");
        WriteColumn($"Processor time for each request: of {Peers.Reference} in µs, of the others as a multiple of it", static (row, reference) => row.Name == Peers.Reference || reference is null ? Optional(row.Cpu, "N1") + " µs" : Optional(row.Cpu / reference, "N2"));
        WriteColumn("Requests in a second", static (row, _) => Optional(row.Rate, "N0"));
        WriteColumn("Answered within, in ms: 50 %", static (row, _) => Optional(row.P50, "N2"));
        WriteColumn("Answered within, in ms: 99 %", static (row, _) => Optional(row.P99, "N2"));
        WriteColumn("Answered within, in ms: 99.9 %", static (row, _) => Optional(row.P999, "N2"));
        WriteColumn("Most memory of its own, in MiB", static (row, _) => Optional(row.Mebibytes, "N1"));
        WriteColumn("Bytes allocated for each request", static (row, _) => Optional(row.Allocated, "N0"));
        WriteColumn("System calls for each request", static (row, _) => Optional(row.SystemCalls, "N1"));
        WriteColumn("Errors", static (row, _) => row.Errors.ToString(CultureInfo.InvariantCulture));
    }

    private void WriteColumn(string title, Func<Row, double?, string> cell)
    {
        var names = Peers.All.Select(peer => peer.Name).Where(name => _scenarios.Any(scenario => scenario.Rows.Any(row => row.Name == name))).ToArray();
        string[][] cells = [.. names.Select(name => _scenarios.Select(scenario => Cell(scenario.Rows, name, cell)).ToArray())];
        if (cells.All(row => row.All(text => text == NoValue)))
        {
            return;
        }

        output.WriteLine();
        Write($"**{title}**");
        output.WriteLine();
        WriteRow(["server", .. _scenarios.Select(scenario => scenario.Scenario.Name)]);
        WriteRow(Enumerable.Repeat("---", _scenarios.Count + 1));
        foreach (var (name, row) in names.Zip(cells))
        {
            WriteRow([name, .. row]);
        }
    }

    private static string Cell(IReadOnlyList<Row> rows, string name, Func<Row, double?, string> cell)
        => rows.FirstOrDefault(row => row.Name == name) is { } row ? cell(row, FindReference(rows)) : NoValue;

    private static double? FindReference(IReadOnlyList<Row> rows) => rows.FirstOrDefault(row => row.Name == Peers.Reference)?.Cpu;

    private void WriteHead(Scenario scenario, params string[] columns)
    {
        output.WriteLine();
        Write($"### {scenario.Name}");
        output.WriteLine();
        WriteRow(columns);
        WriteRow(Enumerable.Repeat("---", columns.Length));
    }

    private void WriteRow(IEnumerable<string> cells) => Write($"| {string.Join(" | ", cells)} |");

    private static string Optional(double? value, string format) => value is { } number && double.IsFinite(number) ? number.ToString(format, CultureInfo.InvariantCulture) : NoValue;

    private void Write(FormattableString line)
    {
        output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
        output.Flush();
    }

    private static string FirstLine(string program, string flag)
    {
        using var process = Process.Start(new ProcessStartInfo(program, [flag]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var text = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return text.Split('\n')[0];
    }
}
