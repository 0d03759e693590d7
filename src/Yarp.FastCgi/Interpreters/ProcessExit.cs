using System.Globalization;

namespace Yarp.FastCgi.Interpreters;

/// <summary>How a process ended.</summary>
/// <param name="Code">Its exit code; null when a signal ended it, or when nobody knows.</param>
/// <param name="Signal">The signal that ended it.</param>
internal readonly record struct ProcessExit(int? Code, int? Signal = null)
{
    /// <summary>From the status of waitpid(2).</summary>
    public static ProcessExit FromStatus(int status)
        => (status & 0x7F) == 0 ? new(Code: (status >> 8) & 0xFF) : new(Code: null, Signal: status & 0x7F);

    public override string ToString()
        => Signal is { } signal ? string.Create(CultureInfo.InvariantCulture, $"was ended by signal {signal}")
            : Code is { } code ? string.Create(CultureInfo.InvariantCulture, $"ended with exit code {code}")
            : "ended";
}
