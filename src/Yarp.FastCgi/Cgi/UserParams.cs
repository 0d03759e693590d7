using System.Buffers;
using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Cgi;

/// <summary>
/// The params of the configuration. They win over all others of the same name but an authorizer's; an empty value removes one.
/// </summary>
internal sealed class UserParams
{
    private readonly UserParam[] _params;

    public UserParams(ApplicationSettings settings)
    {
        // Sorted: the same configuration always gives the same bytes (E7).
        var templates = new SortedDictionary<string, ParamTemplate>(StringComparer.Ordinal);
        foreach (var (name, value) in settings.Params)
        {
            if (ParamTemplate.TryParse(value, out var template, out _))
            {
                templates[name] = template;
            }
        }

        AddPhpSettings(templates, PhpParams.Value, settings.PhpValues);
        AddPhpSettings(templates, PhpParams.AdminValue, settings.PhpAdminValues);
        _params = [.. templates.Select(static pair => new UserParam(pair.Key, pair.Value))];
    }

    public bool Contains(ReadOnlySpan<byte> name)
    {
        foreach (var param in _params)
        {
            if (name.SequenceEqual(param.Name))
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="writer">Where the params go.</param>
    /// <param name="context">The client's request; null when there is no client.</param>
    /// <param name="headerEncoding">How header values become bytes.</param>
    /// <param name="variables">What authorizers have set; it is left to them.</param>
    /// <exception cref="Client.FastCgiException">ParamTooLong.</exception>
    public void Write(RequestWriter writer, HttpContext? context, RequestHeaderEncoding headerEncoding, AuthorizerVariables? variables)
    {
        ArrayBufferWriter<byte>? expanded = null;
        foreach (var param in _params)
        {
            if (variables?.Contains(param.Name) == true)
            {
                continue;
            }

            ReadOnlySpan<byte> value = param.Constant;
            if (param.Constant is null)
            {
                expanded ??= new ArrayBufferWriter<byte>();
                expanded.ResetWrittenCount();
                param.Expand(expanded, context, headerEncoding);
                value = expanded.WrittenSpan;
            }

            if (value.Length > 0 && !writer.TryAddParam(param.Name, value))
            {
                throw CgiParamsWriter.TooLong(param.Name, value.Length);
            }
        }
    }

    private static void AddPhpSettings(SortedDictionary<string, ParamTemplate> templates, string param, IReadOnlyDictionary<string, string> values)
    {
        if (values.Count > 0)
        {
            templates[param] = ParamTemplate.Literal(PhpIni.Write(values));
        }
    }
}
