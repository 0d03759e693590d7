namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>Holds observations against the listed differences: nothing may differ that is not listed, and what is listed must differ.</summary>
internal static class DifferenceTable
{
    public static void AssertExplains(IEnumerable<Difference> table, Version nginxVersion, string shape, Observation ours, Observation nginx)
    {
        var found = ours.DifferFrom(nginx).Select(aspect => (Aspect: aspect, Ours: ours[aspect], Nginx: nginx[aspect])).ToList();
        var listed = table.Where(difference => difference.AppliesTo(nginxVersion)).ToList();
        var unlisted = found.Where(one => !listed.Exists(difference => difference.Covers(shape, one.Aspect, one.Ours, one.Nginx)));
        var gone = listed.Where(difference => difference.Names(shape) && !found.Exists(one => difference.Covers(shape, one.Aspect, one.Ours, one.Nginx)));

        Assert.True(
            !unlisted.Any() && !gone.Any(),
            $"{shape}\n{string.Join('\n', [
                .. unlisted.Select(one => $"  not listed: {one.Aspect}: {one.Ours} (nginx {nginxVersion}: {one.Nginx})"),
                .. gone.Select(difference => $"  listed, but not so: {difference.Row}")])}");
    }

    public static void AssertNamesOnly(IEnumerable<Difference> table, IEnumerable<string> shapes) => Assert.All(table, difference =>
    {
        Assert.NotEmpty(difference.Shapes);
        Assert.All(difference.Shapes, pattern => Assert.Contains(shapes, shape => (difference with { Shapes = [pattern] }).Names(shape)));
    });
}
