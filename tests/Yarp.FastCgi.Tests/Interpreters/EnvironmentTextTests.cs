using Yarp.FastCgi.Interpreters;

namespace Yarp.FastCgi.Tests.Interpreters;

public class EnvironmentTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("$A", "one")]
    [InlineData("${A}", "one")]
    [InlineData("x$A/${B_2}y", "xone/twoy")]
    [InlineData("$AB", "")]
    [InlineData("${A}B", "oneB")]
    [InlineData("$MISSING!", "!")]
    [InlineData("$$A", "$A")]
    [InlineData("$$$A", "$one")]
    [InlineData("$", "$")]
    [InlineData("a$", "a$")]
    [InlineData("$1 $- ${ ${A ${}", "$1 $- ${ ${A ${}")]
    public void Expand_Value_PutsVariablesInTheirPlaces(string text, string expected)
    {
        var variables = new Dictionary<string, string> { ["A"] = "one", ["B_2"] = "two" };

        Assert.Equal(expected, EnvironmentText.Expand(text, variables.GetValueOrDefault));
    }
}
