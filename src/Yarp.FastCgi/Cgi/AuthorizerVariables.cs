using System.Text;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Cgi;

/// <summary>
/// The variables that authorizers have given a request (FastCGI 1.0, section 6.3): params of every FastCGI request made for it from then on.
/// They win over all others of the same name; an empty value removes one. Which names they may have: <see cref="Configuration.AuthorizerVariableNames"/>.
/// </summary>
internal sealed class AuthorizerVariables : IFastCgiAuthorizerFeature
{
    private readonly (byte[] Name, byte[] Value)[] _variables;

    /// <param name="variables">The variables by name; a value's characters are its bytes.</param>
    public AuthorizerVariables(IReadOnlyDictionary<string, string> variables)
    {
        Variables = variables;
        _variables = [.. variables.Select(static pair => (Encoding.Latin1.GetBytes(pair.Key), Encoding.Latin1.GetBytes(pair.Value)))];
    }

    public IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>These and those of another authorizer that was asked later and has the last word.</summary>
    public AuthorizerVariables With(IReadOnlyDictionary<string, string> later)
    {
        var all = new Dictionary<string, string>(Variables, StringComparer.Ordinal);
        foreach (var (name, value) in later)
        {
            all[name] = value;
        }

        return new AuthorizerVariables(all);
    }

    public bool Contains(ReadOnlySpan<byte> name)
    {
        foreach (var variable in _variables)
        {
            if (name.SequenceEqual(variable.Name))
            {
                return true;
            }
        }

        return false;
    }

    /// <exception cref="Client.FastCgiException">ParamTooLong.</exception>
    public void Write(RequestWriter writer)
    {
        foreach (var (name, value) in _variables)
        {
            if (value.Length > 0 && !writer.TryAddParam(name, value))
            {
                throw CgiParamsWriter.TooLong(name, value.Length);
            }
        }
    }
}
