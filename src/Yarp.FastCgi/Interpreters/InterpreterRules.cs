using System.Net;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Interpreters.Native;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Interpreters;

/// <summary>What must hold for an interpreter beyond the form of each option: found when the configuration is loaded, not when a request waits.</summary>
internal static class InterpreterRules
{
    public static void Check(FastCgiInterpreterOptions options, FastCgiEndpoint endpoint, ICollection<string> errors)
    {
        CheckCommand(options, errors);
        CheckInstances(options, errors);
        CheckSystem(options, errors);
        if (options.PassSocket == true && !endpoint.IsUnix && !IsLoopback(endpoint))
        {
            errors.Add($"'{DestinationSettings.PassSocket.Key}' is 'true', but the gateway passes no socket of the network on: 'Address' is '{endpoint}' and must be unix:/absolute/path, or a loopback address such as fastcgi://127.0.0.1:9000.");
        }

        CheckDirectory(DestinationSettings.Chroot, options.Chroot, root: null, errors);
        CheckDirectory(DestinationSettings.WorkingDirectory, options.WorkingDirectory, options.Chroot, errors);
        if (errors.Count == 0 && OperatingSystem.IsLinux())
        {
            CheckAccounts(options, errors);
        }
    }

    /// <summary>Finds a destination before this one, in the order of the configuration, that has another program at the same address.</summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    public static string? FindOther(IEnumerable<ClusterConfig> clusters, ClusterConfig cluster, string name, InterpreterSettings settings)
    {
        foreach (var other in clusters)
        {
            foreach (var (otherName, destination) in other.Destinations ?? new Dictionary<string, DestinationConfig>())
            {
                if (ReferenceEquals(other, cluster) && otherName == name)
                {
                    return null;
                }

                if (FastCgiEndpoint.TryParse(destination.Address, out var endpoint, out _)
                    && endpoint.Equals(settings.Endpoint)
                    && FastCgiMetadata.ReadDestination(destination.Metadata, []) is { Interpreter.Command: { } command } options
                    && CommandText.TryRead(command, out _, out _)
                    && !InterpreterSettings.Resolve(options, endpoint).IsSame(settings))
                {
                    return $"'FastCgi:Interpreter' is another than that of cluster '{other.ClusterId}', destination '{otherName}', at the same 'Address' ({endpoint}): only one program can listen there.";
                }
            }
        }

        return null;
    }

    private static void CheckCommand(FastCgiInterpreterOptions options, ICollection<string> errors)
    {
        var setting = DestinationSettings.Command;
        if (options.Command is null)
        {
            errors.Add($"'{setting.Key}' is missing: an interpreter must have a program to run.");
        }
        else if (!CommandText.TryRead(options.Command, out _, out var error))
        {
            errors.Add($"'{setting.Key}' is {ControlCharacters.Quote(string.Join(' ', options.Command))}, which {error}.");
        }
    }

    private static void CheckInstances(FastCgiInterpreterOptions options, ICollection<string> errors)
    {
        if (options.Instances > 1 && options.PassSocket != true)
        {
            errors.Add($"'{DestinationSettings.Instances.Key}' is '{options.Instances}', but only one process can listen at an address by itself: set '{DestinationSettings.PassSocket.Key}' to true, or let the program have children (PHP_FCGI_CHILDREN in '{DestinationSettings.Environment.Key}', pm.max_children of php-fpm).");
        }

        if (options.MinInstances > DestinationSettings.Instances.Resolve(new() { Interpreter = options }))
        {
            errors.Add($"'{DestinationSettings.MinInstances.Key}' is '{options.MinInstances}', but must not be above '{DestinationSettings.Instances.Key}'.");
        }
    }

    private static void CheckSystem(FastCgiInterpreterOptions options, ICollection<string> errors)
    {
        if (OperatingSystem.IsLinux())
        {
            return;
        }

        Refuse(DestinationSettings.PassSocket, options.PassSocket == true ? "true" : null);
        Refuse(DestinationSettings.User, options.User);
        Refuse(DestinationSettings.Group, options.Group);
        Refuse(DestinationSettings.Chroot, options.Chroot);

        void Refuse(FastCgiSetting setting, string? value)
        {
            if (value is not null)
            {
                errors.Add($"'{setting.Key}' is {ControlCharacters.Quote(value)}, which the gateway can do on Linux only.");
            }
        }
    }

    private static void CheckDirectory(TextSetting<FastCgiDestinationOptions> setting, string? path, string? root, ICollection<string> errors)
    {
        if (path is not null && !Directory.Exists(root is null ? path : Path.Join(root, path)))
        {
            errors.Add($"'{setting.Key}' is {ControlCharacters.Quote(path)}, but must be {setting.Format.Form}.");
        }
    }

    private static void CheckAccounts(FastCgiInterpreterOptions options, ICollection<string> errors)
    {
        if (!ProcessIdentity.TryFind(options.User, options.Group, options.Chroot, out var identity, out var setting, out var error))
        {
            errors.Add($"'FastCgi:Interpreter:{setting}' {error}.");
        }
        else if (identity is not null && !Environment.IsPrivilegedProcess)
        {
            var (name, value) = identity.Chroot is not null ? (nameof(options.Chroot), options.Chroot)
                : options.User is not null ? (nameof(options.User), options.User)
                : (nameof(options.Group), options.Group);
            errors.Add($"'FastCgi:Interpreter:{name}' is {ControlCharacters.Quote(value!)}, but the gateway runs as '{Environment.UserName}', and only root may start programs so. Run the gateway as root, or as that user and without this option.");
        }
    }

    private static bool IsLoopback(FastCgiEndpoint endpoint)
        => IPAddress.TryParse(endpoint.Host, out var address) && IPAddress.IsLoopback(address);
}
