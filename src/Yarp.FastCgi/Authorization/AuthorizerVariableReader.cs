using System.Text;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Authorization;

/// <summary>Takes the variables out of the response head of an authorizer that allows a request; its other fields are nobody's (FastCGI 1.0, section 6.3).</summary>
/// <param name="variables">Receives them.</param>
internal readonly struct AuthorizerVariableReader(Dictionary<string, string> variables) : IResponseHeaderHandler
{
    private const int MaxVariables = 256;

    // Four bytes each for the lengths of name and value.
    private const int MaxLength = ProtocolLimits.MaxPaddedContentLength - 8;

    /// <exception cref="FastCgiException">InvalidAuthorization: the variable may not be set.</exception>
    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var prefix = AuthorizerVariableNames.FieldPrefix;
        if (name.Length < prefix.Length || !Ascii.EqualsIgnoreCase(name[..prefix.Length], prefix))
        {
            return;
        }

        var variable = Encoding.Latin1.GetString(name[prefix.Length..]);
        if (!AuthorizerVariableNames.IsAllowed(variable))
        {
            throw Invalid($"set the variable {ControlCharacters.Quote(variable)}, which is not for an authorizer to set");
        }

        if (variable.Length + value.Length > MaxLength)
        {
            throw Invalid($"set the variable {ControlCharacters.Quote(variable)} to {value.Length} bytes, more than a FastCGI record carries");
        }

        if (!variables.TryAdd(variable, Encoding.Latin1.GetString(value)))
        {
            throw Invalid($"set the variable {ControlCharacters.Quote(variable)} twice");
        }

        if (variables.Count > MaxVariables)
        {
            throw Invalid($"set more than {MaxVariables} variables");
        }
    }

    private static FastCgiException Invalid(string what)
        => new(FastCgiError.InvalidAuthorization, $"The authorizer allowed the request, but {what}.");
}
