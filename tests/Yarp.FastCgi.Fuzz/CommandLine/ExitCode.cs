namespace Yarp.FastCgi.Fuzz.CommandLine;

/// <summary>What the program exits with.</summary>
internal static class ExitCode
{
    public const int Passed = 0;
    public const int Failed = 1;
    public const int Hung = 3;
}
