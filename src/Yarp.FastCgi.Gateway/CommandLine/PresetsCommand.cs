using System.CommandLine;
using System.CommandLine.Completions;
using Yarp.FastCgi.Gateway.Sites;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>The command <c>presets</c>: which there are, or what is in one.</summary>
internal sealed class PresetsCommand : Command
{
    private readonly Argument<string?> _name = new("name")
    {
        HelpName = "NAME",
        Arity = ArgumentArity.ZeroOrOne,
        Description = "The preset to show, as JSON with comments: a copy of it, named by its path, is a preset of your own. Without it the presets are listed.",
    };

    public PresetsCommand()
        : base("presets", "List the presets, which set for a known application what its site needs, or show one.")
    {
        _name.CompletionSources.Add(static _ => PresetCatalog.Names.Select(static name => new CompletionItem(name)));
        Arguments.Add(_name);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        var output = result.InvocationConfiguration.Output;
        if (result.GetValue(_name) is not { } name)
        {
            var width = PresetCatalog.Names.Max(static preset => preset.Length);
            foreach (var preset in PresetCatalog.Names)
            {
                output.WriteLine($"{preset.PadRight(width)}  {PresetCatalog.Describe(preset)}");
            }

            return ExitCode.Success;
        }

        if (!PresetCatalog.TryOpen(name, out var text, out var error))
        {
            result.InvocationConfiguration.Error.WriteLine($"error: {error}");
            return ExitCode.Failure;
        }

        using var reader = new StreamReader(text);
        output.Write(reader.ReadToEnd());
        return ExitCode.Success;
    }
}
