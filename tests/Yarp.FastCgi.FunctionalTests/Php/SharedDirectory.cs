using System.Diagnostics;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Php;

/// <summary>
/// A directory as an operator prepares it for a gateway and a php-fpm of another user: its group is php-fpm's, and new files inherit it.
/// </summary>
internal sealed class SharedDirectory : IDisposable
{
    private readonly TempDirectory _directory = new();

    public SharedDirectory()
    {
        Path = _directory.CreateDirectory("shared");
        if (Environment.IsPrivilegedProcess)
        {
            // Only then php-fpm's workers have another user than the test.
            using var chgrp = Process.Start("chgrp", [PhpFpm.Group, Path]);
            chgrp.WaitForExit();
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                Path,
                UnixFileMode.SetGroup | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute);
        }
    }

    public string Path { get; }

    public void Dispose() => _directory.Dispose();
}
