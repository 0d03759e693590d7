namespace Yarp.FastCgi.Deploy.Tests;

/// <summary>Where the files are that are tested here: those of the checkout, as they ship.</summary>
internal static class Repository
{
    private static readonly string Root = FindRoot();

    /// <summary>Absolute path of a file or directory of the checkout.</summary>
    public static string Path(params string[] relative) => System.IO.Path.Combine([Root, .. relative]);

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(directory, "Yarp.FastCgi.sln")))
        {
            directory = System.IO.Path.GetDirectoryName(directory) ?? throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} lies in no checkout.");
        }

        return directory;
    }
}
