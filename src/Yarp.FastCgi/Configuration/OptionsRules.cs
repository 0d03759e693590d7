namespace Yarp.FastCgi.Configuration;

/// <summary>What must hold for options beyond the form of each one.</summary>
internal static class OptionsRules
{
    /// <summary>Directories of this machine must exist. For the options as they stand on one route or cluster.</summary>
    public static void CheckDirectories(FastCgiRouteOptions options, ICollection<string> errors)
    {
        CheckDirectory(FastCgiSettings.LocalRoot, options.LocalRoot, errors);
        CheckDirectory(FastCgiSettings.RequestBufferDirectory, options.RequestBufferDirectory, errors);
    }

    /// <summary>There must be something to run. For the options that apply to a route: its own over its cluster's.</summary>
    public static void CheckApplication(FastCgiRouteOptions options, ICollection<string> errors)
    {
        var checkFile = FastCgiSettings.CheckFile.Resolve(options);
        if (options.DocumentRoot is null && options.ScriptFile is null && checkFile != FastCgiCheckFile.Off)
        {
            errors.Add($"'{FastCgiSettings.DocumentRoot.Key}' is missing: it must be {TextFormat.AbsolutePath.Form}, unless '{FastCgiSettings.ScriptFile.Key}' is set or '{FastCgiSettings.CheckFile.Key}' is off.");
        }

        if (FastCgiSettings.ResolveRootSymlink.Resolve(options) && options.LocalRoot is not null)
        {
            errors.Add($"'{FastCgiSettings.ResolveRootSymlink.Key}' is 'true', but the root's links are the application's, seen at '{FastCgiSettings.LocalRoot.Key}' ({ControlCharacters.Quote(options.LocalRoot)}): keep one of the two.");
        }

        if (checkFile != FastCgiCheckFile.On || options.LocalRoot is not null)
        {
            return;
        }

        if (options.DocumentRoot is null)
        {
            if (options.ScriptFile is not null)
            {
                errors.Add($"'{FastCgiSettings.CheckFile.Key}' is 'on', but there is no root to look into: set '{FastCgiSettings.DocumentRoot.Key}' or '{FastCgiSettings.LocalRoot.Key}', or leave '{FastCgiSettings.CheckFile.Key}' out.");
            }
        }
        else if (!Directory.Exists(options.DocumentRoot))
        {
            errors.Add($"'{FastCgiSettings.CheckFile.Key}' is 'on', but the root is missing on this machine: '{FastCgiSettings.DocumentRoot.Key}' is {ControlCharacters.Quote(options.DocumentRoot)}. Set '{FastCgiSettings.LocalRoot.Key}' to where this machine sees the files, or '{FastCgiSettings.CheckFile.Key}' to auto.");
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
