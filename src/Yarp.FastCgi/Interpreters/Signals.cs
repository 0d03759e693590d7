namespace Yarp.FastCgi.Interpreters;

/// <summary>The signals that can ask a program to end, and their numbers on this system (signal(7)).</summary>
internal static class Signals
{
    public const int Kill = 9;

    private static readonly bool IsBsd = OperatingSystem.IsMacOS() || OperatingSystem.IsFreeBSD();

    private static readonly (string Name, int Number)[] Known =
    [
        ("SIGTERM", 15),
        ("SIGINT", 2),
        ("SIGQUIT", 3),
        ("SIGHUP", 1),
        ("SIGUSR1", IsBsd ? 30 : 10),
        ("SIGUSR2", IsBsd ? 31 : 12),
        ("SIGKILL", Kill),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(static signal => signal.Name)];

    public static bool TryGetNumber(string name, out int number)
    {
        foreach (var signal in Known)
        {
            if (signal.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                number = signal.Number;
                return true;
            }
        }

        number = 0;
        return false;
    }
}
