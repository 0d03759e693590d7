using Xunit;

namespace Yarp.FastCgi.Testing;

/// <summary>A fact about a real program. Reported as skipped where the program is missing, except on a build server (CI=true), where it fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresProgramFactAttribute : FactAttribute
{
    public RequiresProgramFactAttribute(string program)
    {
        Program = program;
        Skip = ExternalProgram.SkipReason(program);
    }

    public string Program { get; }
}
