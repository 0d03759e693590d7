using System.Globalization;

namespace Yarp.FastCgi.Reliability;

/// <summary>What a process holds in memory, in units of 1024 bytes.</summary>
/// <param name="Anonymous">What is its own: heaps and stacks, without the files that it maps (RssAnon).</param>
/// <param name="Peak">Most that was resident at any time, files included (VmHWM).</param>
internal readonly record struct ProcessMemory(long Anonymous, long Peak)
{
    public static ProcessMemory Read(int processId)
    {
        var lines = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/status"));
        return new ProcessMemory(Get("RssAnon:"), Get("VmHWM:"));

        long Get(string name)
            => long.Parse(lines.Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}
