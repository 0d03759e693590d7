using Xunit;

namespace Yarp.FastCgi.Testing;

/// <inheritdoc cref="RequiresProgramFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresProgramTheoryAttribute : TheoryAttribute
{
    public RequiresProgramTheoryAttribute(string program)
    {
        Program = program;
        Skip = ExternalProgram.SkipReason(program);
    }

    public string Program { get; }
}
