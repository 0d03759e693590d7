using System.Diagnostics;

namespace Yarp.FastCgi.Testing;

/// <summary>Finds the real programs some tests run against, under the names and in the directories where distributions put them.</summary>
public static class ExternalProgram
{
    public const string PhpFpm = "php-fpm";
    public const string PhpCgi = "php-cgi";
    public const string Go = "go";
    public const string Nginx = "nginx";
    public const string Uwsgi = "uwsgi";
    public const string Fcgiwrap = "fcgiwrap";
    public const string Git = "git";
    public const string Prometheus = "prometheus";
    public const string Promtool = "promtool";
    public const string Redis = "redis-server";
    public const string SocketActivate = "systemd-socket-activate";
    public const string Strace = "strace";
    public const string Kubectl = "kubectl";
    public const string SystemdAnalyze = "systemd-analyze";
    public const string SystemdSysusers = "systemd-sysusers";
    public const string Helm = "helm";

    /// <summary>What renders a chart: helm, or go with the libraries that tests/helm is made of.</summary>
    public const string ChartEngine = "helm, or go with golang-github-masterminds-sprig-dev, golang-github-xeipuuv-gojsonschema-dev and golang-k8s-sigs-yaml-dev";

    /// <summary>node with the packages of tests/otlp, and uwsgi, php-fpm and ruby with fcgi to be traced.</summary>
    public const string OtlpReceiver = "node with tests/otlp, uwsgi, php-fpm, ruby with fcgi";

    /// <summary>A browser, with the packages of tests/browser.</summary>
    public const string Browser = "chromium with tests/browser";

    /// <summary>WordPress and what its journey needs.</summary>
    public const string WordPress = "wordpress with its theme twentytwentythree, mariadb-server, php-cgi with mysqli and gd, chromium";

    /// <summary>perl with the module FCGI.</summary>
    public const string PerlFcgi = "perl with FCGI";

    /// <summary>podman with the images of deploy/image/build and deploy/pod/build-php.</summary>
    public const string PodmanImages = "podman with the gateway's and php-fpm's image";

    public const string Python = "python3";

    /// <summary>Every program that <see cref="InterpreterProgram"/> can be, and what those need.</summary>
    public const string Interpreters = "python3, perl with FCGI, ruby with fcgi, cc with libfcgi, php-cgi and php-fpm";

    private static readonly string[] GoLibraries = ["github.com/Masterminds/sprig", "github.com/xeipuuv/gojsonschema", "sigs.k8s.io/yaml"];
    private static readonly string[] Versions = ["", "8.4", "8.3", "8.2", "8.5"];
    private static readonly Lazy<string?> PerlWithFcgi = new(FindPerlWithFcgi);
    private static readonly Lazy<string?> AllInterpreters = new(FindInterpreters);
    private static readonly Lazy<string?> PodmanWithImages = new(FindPodmanWithImages);
    private static readonly Lazy<string?> OtlpDirectory = new(FindOtlpDirectory);
    private static readonly Lazy<string?> BrowserDirectory = new(static () => FindPackages("browser", "axe-core"));
    private static readonly string[] UsualDirectories = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>The directory of the npm packages that the tests in a browser need; null where they are not installed.</summary>
    public static string? BrowserPackages => BrowserDirectory.Value is { } directory ? Path.Combine(directory, "node_modules") : null;

    /// <summary>Absolute path of the program, or null.</summary>
    public static string? Find(string name)
    {
        if (name == PerlFcgi)
        {
            return PerlWithFcgi.Value;
        }

        // One in somebody's home directory, as pyenv has them, would be out of reach for other users.
        if (name == Python)
        {
            return UsualDirectories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
        }

        if (name == Interpreters)
        {
            return AllInterpreters.Value;
        }

        if (name == PodmanImages)
        {
            return PodmanWithImages.Value;
        }

        if (name == ChartEngine)
        {
            return Find(Helm) ?? (GoLibraries.All(library => Directory.Exists(Path.Combine("/usr/share/gocode/src", library))) ? Find(Go) : null);
        }

        if (name == Browser)
        {
            return BrowserPackages is null ? null : Find("chromium");
        }

        if (name == WordPress)
        {
            return Directory.Exists("/usr/share/wordpress/wp-content/themes/twentytwentythree") && Find("mariadbd") is not null && Find("chromium") is not null && Find(PhpCgi) is { } php && HasPhpModules(php, "mysqli", "gd") ? php : null;
        }

        if (name == OtlpReceiver)
        {
            return OtlpDirectory.Value;
        }

        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return Versions
            .SelectMany(version => onPath.Concat(UsualDirectories).Select(directory => Path.Combine(directory, name + version)))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>Why a test that needs <paramref name="name"/> is skipped; null when it runs. A build server never skips.</summary>
    public static string? SkipReason(string name) =>
        Find(name) is null && !IsContinuousIntegration ? $"{name} is not installed." : null;

    /// <summary>The same; an exception when it is missing.</summary>
    public static string Require(string name) =>
        Find(name) ?? throw new FileNotFoundException($"{name} is not installed (looked for the versions {string.Join(' ', Versions)} on PATH and in {string.Join(' ', UsualDirectories)}).");

    private static string? FindPerlWithFcgi()
    {
        if (Find("perl") is not { } perl)
        {
            return null;
        }

        return Succeeds(perl, "-MFCGI", "-MMIME::Base64", "-e", "1") ? perl : null;
    }

    private static string? FindPodmanWithImages()
        => Find("podman") is { } podman
            && Succeeds(podman, "image", "exists", "localhost/yarp-fastcgi-gateway:latest")
            && Succeeds(podman, "image", "exists", "localhost/php-fpm:latest")
                ? podman
                : null;

    private static string? FindInterpreters()
        => Find(Python) is { } python && Find(PerlFcgi) is not null && Find(PhpCgi) is not null && Find(PhpFpm) is not null
            && HasRubyFcgi()
            && Find("cc") is not null && File.Exists("/usr/include/fcgi_stdio.h")
                ? python
                : null;

    private static bool HasRubyFcgi() => Find("ruby") is { } ruby && Succeeds(ruby, "-rfcgi", "-e", "1");

    private static bool HasPhpModules(string php, params string[] names)
    {
        using var process = Process.Start(new ProcessStartInfo(php, "-m") { RedirectStandardOutput = true })!;
        var modules = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries);
        process.WaitForExit();
        return names.All(name => modules.Contains(name, StringComparer.Ordinal));
    }

    private static bool Succeeds(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static string? FindOtlpDirectory()
    {
        if (Find("node") is null || Find(Uwsgi) is null || Find(PhpFpm) is null || !HasRubyFcgi())
        {
            return null;
        }

        return FindPackages("otlp", Path.Combine("@elastic", "mockotlpserver"));
    }

    /// <summary>The directory of tests whose npm packages are installed.</summary>
    private static string? FindPackages(string name, string package)
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            var tests = Path.Combine(directory, "tests", name);
            if (Directory.Exists(Path.Combine(tests, "node_modules", package)))
            {
                return tests;
            }
        }

        return null;
    }

    private static bool IsContinuousIntegration => Environment.GetEnvironmentVariable("CI") == "true";
}
