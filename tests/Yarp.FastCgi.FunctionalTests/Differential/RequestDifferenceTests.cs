using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>The same application behind nginx and behind us: what the application gets, for every shape of a request.</summary>
public class RequestDifferenceTests(RequestServers servers) : IClassFixture<RequestServers>
{
    public static TheoryData<string> Shapes() => new(RequestShapes.All.Select(shape => shape.Name));

    [RequiresProgramTheory(ExternalProgram.Nginx)]
    [MemberData(nameof(Shapes))]
    public async Task Request_BehindNginxAndUs_DiffersAsListed(string name)
    {
        var shape = RequestShapes.Get(name);

        var ours = await servers.ObserveOursAsync(shape);
        var nginx = await servers.ObserveNginxAsync(shape);

        DifferenceTable.AssertExplains(RequestDifferences.All, servers.NginxVersion, name, ours, nginx);
    }

    [RequiresProgramTheory(ExternalProgram.Nginx)]
    [MemberData(nameof(Shapes))]
    public async Task Request_WithAndWithoutTransforms_IsTheSame(string name)
    {
        var shape = RequestShapes.Get(name);

        var direct = await servers.ObserveOursAsync(shape);
        var transforming = await servers.ObserveTransformingAsync(shape);

        Assert.Equal(direct.ToString(), transforming.ToString());
    }

    [Fact]
    public void Differences_Shapes_AreInTheCatalogue() => DifferenceTable.AssertNamesOnly(RequestDifferences.All, RequestShapes.All.Select(shape => shape.Name));
}
