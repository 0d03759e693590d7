namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>The inputs that are checked in, one file each, in a directory for each target.</summary>
internal static class Corpus
{
    public static string Directory => Path.Combine(AppContext.BaseDirectory, "Corpus");

    /// <summary>The inputs of one target, in the order of their names.</summary>
    public static IReadOnlyList<CorpusFile> Load(string target) => LoadDirectory(Path.Combine(Directory, target));

    /// <summary>The inputs in a directory; none when there is no such directory.</summary>
    public static IReadOnlyList<CorpusFile> LoadDirectory(string directory) => !System.IO.Directory.Exists(directory) ? [] :
    [
        .. System.IO.Directory.EnumerateFiles(directory)
            .Order(StringComparer.Ordinal)
            .Select(path => new CorpusFile(Path.GetFileName(path), File.ReadAllBytes(path))),
    ];
}
