using System.Diagnostics;

namespace Yarp.FastCgi.Testing;

/// <summary>
/// A real program for a gateway to run. It answers <c>pid query</c>, where php-fpm's and php-cgi's pid is a worker's, and appends the query to a
/// file first: what it has executed.
/// </summary>
public sealed class InterpreterProgram : IDisposable
{
    public const string Python = "python";
    public const string Perl = "perl";
    public const string Ruby = "ruby";
    public const string LibFcgi = "libfcgi";
    public const string PhpCgi = "php-cgi";
    public const string PhpFpm = "php-fpm";

    /// <summary>Each of them, for a theory.</summary>
    public static readonly IEnumerable<object[]> All = [[PhpCgi], [PhpFpm], [LibFcgi], [Perl], [Ruby], [Python]];

    private readonly TempDirectory _directory = new();
    private readonly string _name;

    public InterpreterProgram(string name)
    {
        _name = name;

        // Whoever it runs as, it writes there.
        _directory.CreateDirectory("scratch", writableForAll: true);
        Command = Prepare();
    }

    /// <summary>The address for the program.</summary>
    public string Address => $"unix:{SocketPath}";

    public string SocketPath => _directory.Combine("app.sock");

    /// <summary>Program and arguments.</summary>
    public IReadOnlyList<string> Command { get; }

    /// <summary>Whether it takes its socket from the gateway.</summary>
    public bool TakesSocket => _name is not (PhpCgi or PhpFpm);

    /// <summary>The queries of the requests that were executed, in order.</summary>
    public IReadOnlyList<string> Executed => File.Exists(ExecutedPath) ? File.ReadAllLines(ExecutedPath) : [];

    /// <summary>A directory of the test.</summary>
    public TempDirectory Directory => _directory;

    private string ExecutedPath => _directory.Combine("scratch/executed");

    private string Assets => Path.Combine(AppContext.BaseDirectory, "interpreters");

    /// <summary>The members of a destination that run the program.</summary>
    /// <param name="members">Further members of Interpreter.</param>
    public string Json(string members = "") => $$"""
        "FastCgi": {
          "Interpreter": {
            "Command": [ {{string.Join(", ", Command.Select(argument => $"\"{argument}\""))}} ],
            "PassSocket": {{(TakesSocket ? "true" : "false")}},
            "Environment": { "EXECUTED": "{{ExecutedPath}}", "PATH": "$PATH", "PHP_FCGI_CHILDREN": "2" },
            "StartTimeout": "00:00:20"{{(members.Length == 0 ? "" : ", " + members)}}
          }
        }
        """;

    /// <summary>Members of the route's FastCgi object.</summary>
    public string Route => TakesSocket ? """ "CheckFile": "off" """ : $""" "ScriptFile": "{_directory.Combine("scratch/application.php")}" """;

    /// <summary>Compiles the libfcgi program so that it runs, and writes what it has executed, with the test's directory as its root.</summary>
    public void CompileForJail() => Compile("/scratch/executed", "-static");

    public void Dispose() => _directory.Dispose();

    private IReadOnlyList<string> Prepare()
    {
        switch (_name)
        {
            case Python:
                return [ExternalProgram.Require(ExternalProgram.Python), Path.Combine(Assets, "application.py")];
            case Perl:
                return [ExternalProgram.Require(ExternalProgram.PerlFcgi), Path.Combine(Assets, "application.pl")];
            case Ruby:
                return [ExternalProgram.Require("ruby"), Path.Combine(Assets, "application.rb")];
            case LibFcgi:
                Compile(ExecutedPath);
                return [_directory.Combine("application")];
            default:
                File.Copy(Path.Combine(Assets, "application.php"), _directory.Combine("scratch/application.php"));
                return _name == PhpCgi ? [ExternalProgram.Require(ExternalProgram.PhpCgi), "-b", SocketPath] : PrepareFpm();
        }
    }

    private void Compile(string executed, params string[] options)
    {
        using var compiler = Process.Start(new ProcessStartInfo(
            ExternalProgram.Require("cc"),
            [.. options, "-w", "-o", _directory.Combine("application"), $"-DEXECUTED=\"{executed}\"", Path.Combine(Assets, "application.c"), "-lfcgi"])
        {
            RedirectStandardError = true,
        })!;
        compiler.WaitForExit();
        if (compiler.ExitCode != 0)
        {
            throw new InvalidOperationException("The libfcgi program does not compile.");
        }
    }

    private string[] PrepareFpm()
    {
        // Workers that are not root could not write beside the script.
        string[] user = Environment.IsPrivilegedProcess ? ["user = root", "group = root"] : [];
        string[] lines =
        [
            "[global]",
            "daemonize = no",
            "error_log = /proc/self/fd/2",
            "[www]",
            .. user,
            $"listen = {SocketPath}",
            "pm = static",
            "pm.max_children = 3",
        ];
        _directory.WriteFile("fpm.conf", string.Join('\n', lines) + "\n");
        return [ExternalProgram.Require(ExternalProgram.PhpFpm), "-F", "-R", "-y", _directory.Combine("fpm.conf")];
    }
}
