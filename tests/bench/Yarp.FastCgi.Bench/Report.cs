using System.Diagnostics;
using System.Globalization;

namespace Yarp.FastCgi.Bench;

/// <summary>Prints the tables, in Markdown.</summary>
internal static class Report
{
    public static void WriteMachine(TextWriter output, IReadOnlyList<Peer> peers)
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        Write(output, $"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores ({model}), {Environment.OSVersion.VersionString}, .NET {Environment.Version}");
        output.WriteLine();
        foreach (var peer in peers)
        {
            Write(output, $"- {peer.Name}: {peer.About}");
        }

        foreach (var (program, flag) in new[] { ("nginx", "-v"), ("haproxy", "-v"), ("lighttpd", "-v"), ("apache2", "-v"), ("caddy", "version") })
        {
            Write(output, $"- {program} {flag}: {FirstLine(program, flag)}");
        }
    }

    public static void WriteScenario(TextWriter output, Scenario scenario, IReadOnlyList<Row> rows)
    {
        var reference = rows.FirstOrDefault(row => row.Name == Peers.Reference)?.Cpu;
        output.WriteLine();
        Write(output, $"### {scenario.Name}");
        output.WriteLine();
        output.WriteLine($"| server | CPU µs | × {Peers.Reference} | requests/s | p50 ms | p99 ms | p99.9 ms | MiB | bytes allocated | system calls | errors |");
        output.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (var row in rows)
        {
            Write(output, $"| {row.Name} | {row.Cpu:N1} | {Optional(row.Cpu / reference, "N2")} | {row.Rate:N0} | {row.P50:N2} | {row.P99:N2} | {row.P999:N2} | {row.Mebibytes:N1} | {Optional(row.Allocated, "N0")} | {Optional(row.SystemCalls, "N1")} | {row.Errors} |");
        }
    }

    private static string Optional(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";

    private static void Write(TextWriter output, FormattableString line)
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
