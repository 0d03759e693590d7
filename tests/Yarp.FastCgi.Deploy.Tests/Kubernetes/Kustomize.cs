using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Deploy.Tests.Kubernetes;

/// <summary>What <c>kubectl kustomize</c> makes of the files of deploy/kustomize.</summary>
internal static class Kustomize
{
    /// <param name="bases">Directories of deploy/kustomize.</param>
    /// <param name="components">Directories of deploy/kustomize/components.</param>
    public static async Task<ManifestSet> BuildAsync(IEnumerable<string> bases, params string[] components)
    {
        using var directory = new TempDirectory();
        var root = Path.GetRelativePath(directory.Path, Repository.Path("deploy", "kustomize"));
        directory.WriteFile(
            "kustomization.yaml",
            $"""
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            resources: [{string.Join(", ", bases.Select(name => $"{root}/{name}"))}]
            components: [{string.Join(", ", components.Select(name => $"{root}/components/{name}"))}]
            """);
        var run = await ProgramRun.StartAsync(ExternalProgram.Find(ExternalProgram.Kubectl)!, ["kustomize", directory.Path]);
        return ManifestSet.Parse(run.Succeeded());
    }
}
