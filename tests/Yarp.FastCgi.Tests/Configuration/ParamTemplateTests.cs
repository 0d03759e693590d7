using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

public class ParamTemplateTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain = text; ünï", "plain = text; ünï")]
    [InlineData("{{\"a\": [{{}}]}}", "{\"a\": [{}]}")]
    [InlineData("}}{{", "}{")]
    public void TryParse_NoPlaceholder_IsOneLiteral(string text, string expected)
    {
        Assert.True(ParamTemplate.TryParse(text, out var template, out _));

        Assert.Equal(expected, string.Concat(template.Parts.Select(part => part.Text)));
        Assert.True(template.Parts.Count <= 1);
        Assert.All(template.Parts, part => Assert.Equal(ParamSource.Literal, part.Source));
        Assert.False(template.IsClientMade);
    }

    [Fact]
    public void TryParse_Placeholders_BecomeParts()
    {
        Assert.True(ParamTemplate.TryParse("a{route:id}{{{header:X_Api.Key-1}}}b{authorizer:REMOTE_USER}{connection:remote-addr}", out var template, out _));

        Assert.Equal(
            [
                new ParamTemplatePart(ParamSource.Literal, "a"),
                new ParamTemplatePart(ParamSource.RouteValue, "id"),
                new ParamTemplatePart(ParamSource.Literal, "{"),
                new ParamTemplatePart(ParamSource.Header, "X_Api.Key-1"),
                new ParamTemplatePart(ParamSource.Literal, "}b"),
                new ParamTemplatePart(ParamSource.AuthorizerVariable, "REMOTE_USER"),
                new ParamTemplatePart(ParamSource.RemoteAddress, ""),
            ],
            template.Parts);
        Assert.True(template.IsClientMade);
    }

    [Fact]
    public void TryParse_EnvironmentVariable_IsALiteral()
    {
        Assert.True(ParamTemplate.TryParse("<{env:PATH}>", out var template, out _));

        Assert.Equal([new ParamTemplatePart(ParamSource.Literal, $"<{Environment.GetEnvironmentVariable("PATH")}>")], template.Parts);
    }

    [Theory]
    [InlineData("{foo}", "'{foo}'")]
    [InlineData("a{route:}", "'{route:}'")]
    [InlineData("{Route:id}", "'{Route:id}'")]
    [InlineData("{header:A b}", "'{header:A b}'")]
    [InlineData("{authorizer:HTTP_X}", "'{authorizer:HTTP_X}'")]
    [InlineData("{connection:tls}", "'{connection:tls}'")]
    [InlineData("{env:NO_SUCH_VARIABLE_IS_SET}", "'{env:NO_SUCH_VARIABLE_IS_SET}'")]
    [InlineData("{\"a\": 1}", "'{\"a\": 1}'")]
    [InlineData("{route:id", "'{route:id'")]
    [InlineData("{", "'{'")]
    [InlineData("a}b", "'}' without '{'")]
    public void TryParse_AnythingElse_IsExplained(string text, string quoted)
    {
        Assert.False(ParamTemplate.TryParse(text, out _, out var error));

        Assert.Contains(quoted, error, StringComparison.Ordinal);
    }
}
