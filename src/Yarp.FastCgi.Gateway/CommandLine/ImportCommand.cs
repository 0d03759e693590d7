using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Yarp.FastCgi.Gateway.Import;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>The command <c>import</c>: a configuration of nginx as one of the gateway.</summary>
internal sealed class ImportCommand : Command
{
    private static readonly JsonWriterOptions Format = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    private readonly Argument<string> _file = new("file") { HelpName = "NGINX.CONF", Description = "Configuration of nginx: a whole one, or a file of sites-available." };

    public ImportCommand()
        : base("import", "Translate the FastCGI servers of an nginx configuration into a configuration of this gateway on standard output; what has no counterpart is a line on standard error.")
    {
        _file.Validators.Add(static result =>
        {
            if (!File.Exists(result.GetValueOrDefault<string>()))
            {
                result.AddError($"there is no file '{result.Tokens[0].Value}'");
            }
        });
        Arguments.Add(_file);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
        var file = result.GetValue(_file)!;
        var report = new ImportReport();
        try
        {
            var configuration = NginxImport.Translate(file, report);
            foreach (var line in report.Lines)
            {
                error.WriteLine(line);
            }

            if (configuration is not null)
            {
                output.WriteLine(ToText(configuration));
                return ExitCode.Success;
            }

            error.WriteLine($"error: {file} has no server block.");
        }
        catch (Exception exception) when (exception is NginxSyntaxException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"error: {exception.Message}");
        }

        return ExitCode.Failure;
    }

    private static string ToText(JsonObject configuration)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, Format))
        {
            configuration.WriteTo(json);
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }
}
