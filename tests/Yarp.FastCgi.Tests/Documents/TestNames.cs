using System.Text.RegularExpressions;

namespace Yarp.FastCgi.Tests.Documents;

/// <summary>The tests of all test projects, as Class.Method, read from their sources: one project does not see the assemblies of the others.</summary>
internal static partial class TestNames
{
    public static readonly IReadOnlySet<string> All = Read();

    private static HashSet<string> Read()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(FindRoot(), "tests"), "*Tests.cs", SearchOption.AllDirectories))
        {
            var source = File.ReadAllText(file);
            var name = TestClass().Match(source).Groups[1].Value;
            foreach (Match method in TestMethod().Matches(source))
            {
                names.Add($"{name}.{method.Groups[1].Value}");
            }
        }

        return names;
    }

    private static string FindRoot()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Yarp.FastCgi.sln")))
            {
                return directory;
            }
        }

        throw new DirectoryNotFoundException("The tests do not run below the repository.");
    }

    [GeneratedRegex(@"^public (?:sealed |static |partial )*class (\w+)", RegexOptions.Multiline)]
    private static partial Regex TestClass();

    // Attributes of a test stand right above it.
    [GeneratedRegex(@"^    \[(?:RequiresProgram)?(?:Fact|Theory)\b.*\n(?:    \[.*\n)*    public (?:async )?(?:Task|void) (\w+)\(", RegexOptions.Multiline)]
    private static partial Regex TestMethod();
}
