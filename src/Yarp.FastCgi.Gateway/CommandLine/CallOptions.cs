using System.CommandLine;
using System.CommandLine.Parsing;
using Yarp.FastCgi.Client;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>What the commands that ask an application have in common.</summary>
internal static class CallOptions
{
    public static Argument<FastCgiEndpoint> CreateAddress() => new("address")
    {
        HelpName = "ADDRESS",
        Description = "Where the application listens: unix:/run/php/php-fpm.sock or fastcgi://host:9000.",
        CustomParser = ReadAddress,
    };

    public static Option<double> CreateTimeout() => new("--timeout")
    {
        HelpName = "SECONDS",
        Description = "How long it may take.",
        DefaultValueFactory = static _ => 60,
        Validators = { static result => RequireRange(result) },
    };

    /// <summary>NAME=VALUE.</summary>
    public static KeyValuePair<string, string>? ReadPair(string text, char separator)
    {
        var end = text.IndexOf(separator, StringComparison.Ordinal);
        return end > 0 ? KeyValuePair.Create(text[..end], text[(end + 1)..].TrimStart(' ')) : null;
    }

    private static FastCgiEndpoint? ReadAddress(ArgumentResult result)
    {
        if (FastCgiEndpoint.TryParse(result.Tokens[0].Value, out var endpoint, out var error))
        {
            return endpoint;
        }

        result.AddError($"ADDRESS: {error}");
        return null;
    }

    private static void RequireRange(OptionResult result)
    {
        if (result.GetValueOrDefault<double>() is not (> 0 and <= 86_400))
        {
            result.AddError("--timeout: a number of seconds above 0 and up to 86400");
        }
    }
}
