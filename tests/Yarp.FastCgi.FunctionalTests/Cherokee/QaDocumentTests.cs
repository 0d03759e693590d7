using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Yarp.FastCgi.FunctionalTests.Cherokee;

/// <summary>docs/cherokee-qa.md has a row for each number, and each row a test that exists.</summary>
public class QaDocumentTests
{
    private static readonly string[][] Rows = [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "cherokee-qa.md"))
        .Where(line => Regex.IsMatch(line, @"^\| \d"))
        .Select(line => line.Trim('|', ' ').Split(" | "))];

    [Fact]
    public void Rows_Numbers_AreThoseOfTheList() => Assert.Equal(
        [
            29, 30, 31, 35, 37, 38, 60, 67, 68, 69, 87, 101, 102, 103, 104, 112, 131, 133, 134, 141, 166, 170, 193, 194, 195, 197, 198, 201, 202, 206, 209, 213, 214, 215, 219,
            220, 225, 231, 232, 233, 234, 241, 242, 247, 251, 252, 253, 254, 268, 298, 299, 300, 301, 306, 309,
        ],
        Rows.Select(row => int.Parse(row[0], CultureInfo.InvariantCulture)));

    [Fact]
    public void Rows_Tests_Exist()
    {
        var tests = typeof(QaDocumentTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<FactAttribute>() is not null)
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}")
            .ToHashSet();

        Assert.All(Rows, row =>
        {
            var named = Regex.Matches(row[3], "`([^`]+)`");
            Assert.NotEmpty(named);
            Assert.All(named, name => Assert.Contains(name.Groups[1].Value, tests));
        });
    }

    [Fact]
    public void Tests_OfANumber_StandInItsRow()
    {
        var tests = typeof(QaDocumentTests).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(QaDocumentTests).Namespace)
            .SelectMany(type => type.GetMethods())
            .Where(method => method.Name.StartsWith("Qa", StringComparison.Ordinal))
            .ToList();

        Assert.NotEmpty(tests);
        Assert.All(tests, test => Assert.All(Numbers(test.Name), number => Assert.Contains(
            Rows, row => row[0] == number && row[3].Contains($"`{test.DeclaringType!.Name}.{test.Name}`", StringComparison.Ordinal))));
    }

    /// <summary>Qa030And194 and Qa067To069 stand for two and three numbers.</summary>
    private static IEnumerable<string> Numbers(string name)
    {
        var numbers = Regex.Matches(name.Split('_')[0], @"\d{3}").Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture)).ToArray();
        return (Regex.IsMatch(name, @"^Qa\d{3}To\d{3}_") ? Enumerable.Range(numbers[0], numbers[1] - numbers[0] + 1) : numbers).Select(number => $"{number:000}");
    }
}
