using System.Globalization;
using System.Text;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Configuration.Tables;

namespace Yarp.FastCgi.Configuration;

/// <summary>What must hold for options beyond the form of each one.</summary>
internal static class OptionsRules
{
    /// <summary>Directories of this machine must exist. For the options as they stand on one route or cluster.</summary>
    public static void CheckDirectories(FastCgiRouteOptions options, ICollection<string> errors)
    {
        CheckDirectory(ScriptTable.LocalRoot, options.LocalRoot, errors);
        CheckDirectory(RequestTable.RequestBufferDirectory, options.RequestBufferDirectory, errors);
        CheckDirectory(RequestTable.LocalRequestBodyFileDirectory, options.LocalRequestBodyFileDirectory, errors);
    }

    /// <summary>Settings of PHP must have one source and fit a record. For the options of a cluster, and for those that apply to a route.</summary>
    public static void CheckPhpSettings(FastCgiRouteOptions options, ICollection<string> errors)
    {
        CheckPhpSettings(ParamTable.PhpValues, PhpParams.Value, options, errors);
        CheckPhpSettings(ParamTable.PhpAdminValues, PhpParams.AdminValue, options, errors);
    }

    /// <summary>There must be something to run. For the options that apply to a route: its own over its cluster's.</summary>
    public static void CheckApplication(FastCgiRouteOptions options, ICollection<string> errors)
    {
        CheckPhpSettings(options, errors);
        CheckBodyFiles(options, errors);
        var checkFile = ScriptTable.CheckFile.Resolve(options);
        if (options.DocumentRoot is null && options.ScriptFile is null && checkFile != FastCgiCheckFile.Off)
        {
            errors.Add($"'{ScriptTable.DocumentRoot.Key}' is missing: it must be {TextFormat.AbsolutePath.Form}, unless '{ScriptTable.ScriptFile.Key}' is set or '{ScriptTable.CheckFile.Key}' is off.");
        }

        if (ScriptTable.ResolveRootSymlink.Resolve(options) && options.LocalRoot is not null)
        {
            errors.Add($"'{ScriptTable.ResolveRootSymlink.Key}' is 'true', but the root's links are the application's, seen at '{ScriptTable.LocalRoot.Key}' ({ControlCharacters.Quote(options.LocalRoot)}): keep one of the two.");
        }

        if (checkFile != FastCgiCheckFile.On || options.LocalRoot is not null)
        {
            return;
        }

        if (options.DocumentRoot is null)
        {
            if (options.ScriptFile is not null)
            {
                errors.Add($"'{ScriptTable.CheckFile.Key}' is 'on', but there is no root to look into: set '{ScriptTable.DocumentRoot.Key}' or '{ScriptTable.LocalRoot.Key}', or leave '{ScriptTable.CheckFile.Key}' out.");
            }
        }
        else if (!Directory.Exists(options.DocumentRoot))
        {
            errors.Add($"'{ScriptTable.CheckFile.Key}' is 'on', but the root is missing on this machine: '{ScriptTable.DocumentRoot.Key}' is {ControlCharacters.Quote(options.DocumentRoot)}. Set '{ScriptTable.LocalRoot.Key}' to where this machine sees the files, or '{ScriptTable.CheckFile.Key}' to auto.");
        }
    }

    private static void CheckPhpSettings(PhpValuesSetting setting, string param, FastCgiRouteOptions options, ICollection<string> errors)
    {
        var text = PhpIni.Write(setting.Resolve(options));
        if (text.Length > 0 && ParamTable.Params.Resolve(options).TryGetValue(param, out var other))
        {
            errors.Add($"'{setting.Key}' is set, and '{ParamTable.Params.Key}:{param}' ({ControlCharacters.Quote(other)}) as well: keep one of the two.");
        }

        // With the name and the two lengths (FastCGI 1.0, section 3.4) in one record, as every param.
        const int Overhead = 32;
        var length = Encoding.UTF8.GetByteCount(text);
        if (length > ProtocolLimits.MaxPaddedContentLength - Overhead)
        {
            errors.Add(string.Create(CultureInfo.InvariantCulture, $"'{setting.Key}' has {length} bytes as {param}, but a FastCGI record carries at most {ProtocolLimits.MaxPaddedContentLength - Overhead}."));
        }
    }

    private static void CheckBodyFiles(FastCgiRouteOptions options, ICollection<string> errors)
    {
        var setting = RequestTable.RequestBodyFileDirectory;
        var local = RequestTable.LocalRequestBodyFileDirectory;
        if (options.RequestBodyFileDirectory is not { } directory)
        {
            if (options.LocalRequestBodyFileDirectory is { } path)
            {
                errors.Add($"'{local.Key}' is {ControlCharacters.Quote(path)}, but '{setting.Key}' is not set: php-fpm must know its own name of the directory.");
            }

            return;
        }

        if (options.LocalRequestBodyFileDirectory is null && !(Path.IsPathFullyQualified(directory) && Directory.Exists(directory)))
        {
            errors.Add($"'{setting.Key}' is {ControlCharacters.Quote(directory)}, which is no directory of this machine: set '{local.Key}' to where this machine sees it.");
        }

        if (ParamTable.Params.Resolve(options).TryGetValue(PhpParams.RequestBodyFile, out var value))
        {
            errors.Add($"'{setting.Key}' is set, and '{ParamTable.Params.Key}:{PhpParams.RequestBodyFile}' ({ControlCharacters.Quote(value)}) as well: keep one of the two.");
        }
    }

    /// <summary>Without a cluster nobody asks the application about its load.</summary>
    public static void CheckUnwatched(FastCgiClusterOptions options, ICollection<string> errors)
    {
        if (options.MaxConnections == FastCgiClusterOptions.AutoMaxConnections)
        {
            errors.Add($"'{ConnectionTable.MaxConnections.Key}' is 'auto', which needs a cluster: give a number.");
        }

        if (options.StatusPath is { } path)
        {
            errors.Add($"'{HealthTable.StatusPath.Key}' is {ControlCharacters.Quote(path)}, which needs a cluster: remove it.");
        }
    }

    private static void CheckDirectory(TextSetting setting, string? path, ICollection<string> errors)
    {
        // A path of the wrong form has its own error already.
        if (path is not null && setting.Format.TryParse(path, out _) && !(Path.IsPathFullyQualified(path) && Directory.Exists(path)))
        {
            errors.Add($"'{setting.Key}' is {ControlCharacters.Quote(path)}, but must be {setting.Format.Form}.");
        }
    }
}
