using System.Globalization;
using System.Runtime.InteropServices;

namespace Yarp.FastCgi.Fuzz.Tests;

/// <summary>A fact about text and cultures, which need ICU on Linux. Reported as skipped where it is missing, except on a build server (CI=true), where it fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresCulturesFactAttribute : FactAttribute
{
    // .NET looks for the versions from 50 on.
    private const int FirstVersion = 50;
    private const int Versions = 60;

    public RequiresCulturesFactAttribute()
        => Skip = OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("CI") != "true" && !HasIcu() ? "ICU (libicu) is not installed." : null;

    private static bool HasIcu()
        => Enumerable.Range(FirstVersion, Versions).Any(version => NativeLibrary.TryLoad(string.Create(CultureInfo.InvariantCulture, $"libicuuc.so.{version}"), out _));
}
