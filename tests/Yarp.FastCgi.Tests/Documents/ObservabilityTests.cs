using System.Text.RegularExpressions;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Tests.Documents;

/// <summary>docs/observability.md names what the code names, and nothing else.</summary>
public partial class ObservabilityTests
{
    private static readonly IReadOnlyList<string[]> Rows = DocumentTable.ReadCells("observability.md");

    [Fact]
    public void Names_OfAttributesEventsAndMetrics_AreThoseOfTheCode()
    {
        var documented = Rows.Select(cells => Name().Match(cells[0])).Where(match => match.Success).Select(match => match.Groups[1].Value);

        var used = StringLiterals.Of(typeof(FastCgiMetrics).Assembly).Where(literal => Name().IsMatch($"`{literal}`"));

        Assert.Equal(used.Distinct().Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^`((fastcgi|http|network|server|error)\.[a-z_.]+)`$")]
    private static partial Regex Name();
}
