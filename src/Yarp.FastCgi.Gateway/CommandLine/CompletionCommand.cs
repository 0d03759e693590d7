using System.CommandLine;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>The command <c>completion</c>: a script for the shell, which asks this program what may follow (the directive <c>[suggest]</c>).</summary>
internal sealed class CompletionCommand : Command
{
    private const string Bash = "bash";
    private const string Zsh = "zsh";

    private const string BashScript = """
        _NAME_complete() {
          local IFS=$'\n'
          COMPREPLY=( $(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}") )
        }
        complete -o default -F _NAME_complete NAME
        """;

    private const string ZshScript = """
        _NAME_complete() {
          local -a suggestions
          suggestions=( ${(f)"$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)"} )
          compadd -a suggestions || _files
        }
        compdef _NAME_complete NAME
        """;

    private readonly Argument<string> _shell = new("shell") { HelpName = "SHELL", Description = "bash or zsh." };

    public CompletionCommand()
        : base("completion", "Print a script that completes this program's commands and options with the Tab key: source <(… completion bash).")
    {
        _shell.AcceptOnlyFromAmong(Bash, Zsh);
        Arguments.Add(_shell);
        SetAction(result =>
        {
            var script = result.GetValue(_shell) == Zsh ? ZshScript : BashScript;
            result.InvocationConfiguration.Output.WriteLine(script
                .Replace("_NAME_", $"_{new string([.. RootCommand.ExecutableName.Select(static c => char.IsAsciiLetterOrDigit(c) ? c : '_')])}_", StringComparison.Ordinal)
                .Replace("NAME", RootCommand.ExecutableName, StringComparison.Ordinal)
                .ReplaceLineEndings("\n"));
            return ExitCode.Success;
        });
    }
}
