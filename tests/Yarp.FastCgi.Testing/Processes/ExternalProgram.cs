namespace Yarp.FastCgi.Testing;

/// <summary>Finds the real programs some tests run against, under the names and in the directories where distributions put them.</summary>
public static class ExternalProgram
{
    public const string PhpFpm = "php-fpm";
    public const string PhpCgi = "php-cgi";
    public const string Go = "go";

    private static readonly string[] Versions = ["", "8.4", "8.3", "8.2", "8.5"];
    private static readonly string[] UsualDirectories = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>Absolute path of the program, or null.</summary>
    public static string? Find(string name)
    {
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return Versions
            .SelectMany(version => onPath.Concat(UsualDirectories).Select(directory => Path.Combine(directory, name + version)))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>Why a test that needs <paramref name="name"/> is skipped; null when it runs. A build server never skips.</summary>
    public static string? SkipReason(string name) =>
        Find(name) is null && !IsContinuousIntegration ? $"{name} is not installed." : null;

    internal static string Require(string name) =>
        Find(name) ?? throw new FileNotFoundException($"{name} is not installed (looked for the versions {string.Join(' ', Versions)} on PATH and in {string.Join(' ', UsualDirectories)}).");

    private static bool IsContinuousIntegration => Environment.GetEnvironmentVariable("CI") == "true";
}
