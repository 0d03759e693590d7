using System.Reflection;
using System.Runtime.Loader;
using SharpFuzz;

namespace Yarp.FastCgi.Fuzz.Coverage;

/// <summary>
/// Loads this program a second time, with the code under test instrumented by SharpFuzz. The files on disk stay as they are.
/// </summary>
internal sealed class InstrumentedAssemblies : AssemblyLoadContext
{
    private static readonly string[] UnderTest = ["Yarp.FastCgi", "Yarp.FastCgi.Client", "Yarp.FastCgi.Gateway"];

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var path = Path.Combine(AppContext.BaseDirectory, assemblyName.Name + ".dll");
        return UnderTest.Contains(assemblyName.Name) ? LoadInstrumented(path)
            : File.Exists(path) && assemblyName.Name!.StartsWith("Yarp.FastCgi.", StringComparison.Ordinal) ? LoadFromAssemblyPath(path)
            : null;
    }

    private Assembly LoadInstrumented(string path)
    {
        // SharpFuzz instruments a file in its place.
        var copy = Path.Combine(Directory.CreateTempSubdirectory("fuzz").FullName, Path.GetFileName(path));
        try
        {
            File.Copy(path, copy);
            _ = Fuzzer.Instrument(copy, static _ => true, Options.Value).Count();
            return LoadFromStream(new MemoryStream(File.ReadAllBytes(copy)));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(copy)!, recursive: true);
        }
    }
}
