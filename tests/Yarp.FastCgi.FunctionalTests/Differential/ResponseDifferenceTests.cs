using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>The same application behind nginx and behind us: what the client gets, for every shape of a response.</summary>
public class ResponseDifferenceTests(ResponseServers servers) : IClassFixture<ResponseServers>
{
    public static TheoryData<string> Shapes() => new(ResponseShapes.All.Select(shape => shape.Name));

    [RequiresProgramTheory(ExternalProgram.Nginx)]
    [MemberData(nameof(Shapes))]
    public async Task Response_BehindNginxAndUs_DiffersAsListed(string name)
    {
        var shape = ResponseShapes.Get(name);

        var ours = await servers.ObserveOursAsync(shape);
        var nginx = await servers.ObserveNginxAsync(shape);

        DifferenceTable.AssertExplains(ResponseDifferences.All, servers.NginxVersion, name, ours, nginx);
    }

    [RequiresProgramTheory(ExternalProgram.Nginx)]
    [MemberData(nameof(Shapes))]
    public async Task Response_WithAndWithoutTransforms_IsTheSame(string name)
    {
        var shape = ResponseShapes.Get(name);

        var direct = await servers.ObserveOursAsync(shape);
        var transforming = await servers.ObserveTransformingAsync(shape);

        Assert.Equal(direct.ToString(), transforming.ToString());
    }

    [Fact]
    public void Differences_Shapes_AreInTheCatalogue() => DifferenceTable.AssertNamesOnly(ResponseDifferences.All, ResponseShapes.All.Select(shape => shape.Name));
}
