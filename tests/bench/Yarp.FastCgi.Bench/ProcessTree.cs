using System.Globalization;

namespace Yarp.FastCgi.Bench;

/// <summary>A process and its descendants.</summary>
internal static class ProcessTree
{
    /// <summary>Their memory in MiB: their own, and of what they share with others their part (Pss).</summary>
    public static double Mebibytes(int id) => ReadPss(id) + Children(id).Sum(Mebibytes);

    private static double ReadPss(int id)
    {
        var line = File.ReadLines($"/proc/{Text(id)}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return long.Parse(line["Pss:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024.0;
    }

    private static IEnumerable<int> Children(int id)
        => Directory.EnumerateDirectories($"/proc/{Text(id)}/task")
            .SelectMany(thread => File.ReadAllText($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture));

    private static string Text(int id) => id.ToString(CultureInfo.InvariantCulture);
}
