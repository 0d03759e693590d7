namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>Exit codes of the gateway.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The configuration or the machine does not allow the start.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;
}
