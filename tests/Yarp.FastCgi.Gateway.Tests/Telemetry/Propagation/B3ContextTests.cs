using Yarp.FastCgi.Gateway.Telemetry.Propagation;

namespace Yarp.FastCgi.Gateway.Tests.Telemetry.Propagation;

public class B3ContextTests
{
    private const string Trace = "80f198ee56343ba864fe8b2a57d3eff7";
    private const string Short = "64fe8b2a57d3eff7";
    private const string Span = "e457b5a2e4d86bd1";
    private const string Parent = "05e3ac9a4f6e3b90";

    [Theory]
    [InlineData($"{Trace}-{Span}-1-{Parent}", Trace, true, false)]
    [InlineData($"{Trace}-{Span}-1", Trace, true, false)]
    [InlineData($"{Trace}-{Span}-0", Trace, false, false)]
    [InlineData($"{Trace}-{Span}-d", Trace, true, true)]
    [InlineData($"{Trace}-{Span}", Trace, false, false)]
    [InlineData($"{Short}-{Span}-1", $"0000000000000000{Short}", true, false)]
    public void Parse_SoundField_IsRead(string field, string traceId, bool isSampled, bool isDebug)
        => Assert.Equal(new B3Context(traceId, Span, isSampled, isDebug), B3Context.Parse(field));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("d")]
    [InlineData("-")]
    [InlineData(Trace)]
    [InlineData($"{Trace}-")]
    [InlineData($"-{Span}")]
    [InlineData($"{Trace}-{Span}-2")]
    [InlineData($"{Trace}-{Span}-1-")]
    [InlineData($"{Trace}-{Span}-1-{Parent}-1")]
    [InlineData($"{Trace}-{Span}-1-none")]
    [InlineData($"{Trace}-{Span}-1,{Trace}-{Span}-1")]
    [InlineData($"{Trace}0-{Span}-1")]
    [InlineData($"{Trace}-{Span}0-1")]
    [InlineData("80F198EE56343BA864FE8B2A57D3EFF7-e457b5a2e4d86bd1-1")]
    [InlineData("80f198ee56343ba864fe8b2a57d3effg-e457b5a2e4d86bd1-1")]
    [InlineData($"00000000000000000000000000000000-{Span}-1")]
    [InlineData($"{Trace}-0000000000000000-1")]
    public void Parse_AnythingElse_IsNoContext(string field) => Assert.Null(B3Context.Parse(field));

    [Theory]
    [InlineData("1", null, true, false)]
    [InlineData("true", null, true, false)]
    [InlineData("0", null, false, false)]
    [InlineData(null, null, false, false)]
    [InlineData(null, "1", true, true)]
    [InlineData("0", "1", true, true)]
    [InlineData("1", "0", true, false)]
    public void Read_SeveralFields_AreRead(string? sampled, string? flags, bool isSampled, bool isDebug)
        => Assert.Equal(new B3Context(Trace, Span, isSampled, isDebug), B3Context.Read(Trace, Span, sampled, flags));

    [Theory]
    [InlineData(null, Span)]
    [InlineData(Trace, null)]
    [InlineData("", Span)]
    [InlineData(Trace, "none")]
    [InlineData($"{Trace},{Trace}", Span)]
    public void Read_WithoutIds_IsNoContext(string? traceId, string? spanId) => Assert.Null(B3Context.Read(traceId, spanId, "1", flags: null));
}
