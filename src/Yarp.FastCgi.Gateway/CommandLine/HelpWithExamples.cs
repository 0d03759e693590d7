using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>The generated help with examples below it, where a command has some.</summary>
internal sealed class HelpWithExamples(HelpAction generated) : SynchronousCommandLineAction
{
    private static readonly string OfRequest =
        $"""
        Examples:
          A script through php-fpm:
            {RootCommand.ExecutableName} request unix:/run/php/php-fpm.sock --script /var/www/html/index.php --uri '/?page=1'

          A form, with a cookie:
            {RootCommand.ExecutableName} request fastcgi://127.0.0.1:9000 --script /var/www/html/login.php --header 'Cookie: a=b' --body 'user=me&password=secret'

          An application that serves every path, its output as it stands:
            {RootCommand.ExecutableName} request unix:/run/app.sock --uri /api/health --raw
        """;

    private static readonly string OfRun =
        $$"""
        Examples:
          A page that shows what a FastCGI application receives, served by a small application inside the gateway:
            {{RootCommand.ExecutableName}}

          A directory of PHP scripts and static files, through php-fpm:
            {{RootCommand.ExecutableName}} --root /var/www/html --app unix:/run/php/php-fpm.sock

          WordPress, with a php-cgi that the gateway starts itself:
            {{RootCommand.ExecutableName}} --preset wordpress --root /srv/wordpress --interpreter 'php-cgi -b {address}'

          An application that answers every path itself (Django, Rails), on port 80:
            {{RootCommand.ExecutableName}} --app fastcgi://127.0.0.1:9000 --listen http://*:80

          Everything YARP can do, from a file:
            {{RootCommand.ExecutableName}} --config gateway.json

        Without any option the sites and the ReverseProxy section of appsettings.json in the current directory are served, if there are any.
        A cleartext port speaks one version of HTTP; https:// speaks HTTP/1.1 and HTTP/2 and takes its certificate from Kestrel:Certificates:Default.
        """;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var exitCode = generated.Invoke(parseResult);
        if (GetExamples(parseResult.CommandResult.Command) is { } examples)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(examples);
        }

        return exitCode;
    }

    private static string? GetExamples(Command command) => command switch
    {
        RequestCommand => OfRequest,
        ValidateCommand or PoolPageCommand or ShowCommand or PresetsCommand or ImportCommand or CompletionCommand => null,
        _ => OfRun,
    };
}
