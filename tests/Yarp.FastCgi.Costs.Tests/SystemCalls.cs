using System.Globalization;

namespace Yarp.FastCgi.Costs.Tests;

/// <summary>How often each system call was made.</summary>
internal sealed class SystemCalls
{
    private readonly Dictionary<string, long> _counts;

    private SystemCalls(Dictionary<string, long> counts) => _counts = counts;

    /// <summary>Reads the table of <c>strace -c</c>: % time, seconds, usecs/call, calls, errors if there are any, and the name.</summary>
    public static SystemCalls Parse(IEnumerable<string> lines) => new(lines
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(fields => fields.Length >= 5 && fields[^1] != "total" && char.IsAsciiDigit(fields[0][0]))
        .ToDictionary(fields => fields[^1], fields => long.Parse(fields[3], CultureInfo.InvariantCulture)));

    /// <summary>Of the calls with these names.</summary>
    public double PerRequest(int requests, params string[] names) => names.Sum(_counts.GetValueOrDefault) / (double)requests;

    /// <summary>Of all others.</summary>
    public double PerRequestBut(int requests, params string[] names) => _counts.Where(count => !names.Contains(count.Key)).Sum(count => count.Value) / (double)requests;

    public override string ToString() => string.Join(", ", _counts.OrderByDescending(count => count.Value).Select(count => $"{count.Key} {count.Value}"));
}
