using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Forwarder;

/// <summary>The records of a request that go out in the first send: BEGIN_REQUEST, PARAMS and, unless the body is long or streamed, STDIN.</summary>
internal sealed class RequestRecords(RequestHeaderEncoding headerEncoding)
{
    private const int MaxInlineBody = 64 * 1024;

    /// <returns>Whether the body is part of what was written. For an upgrade there is none, and STDIN stays open.</returns>
    public bool Write(
        RequestWriter writer,
        HttpRequest source,
        in CgiRequest request,
        TransformedRequest? transformed,
        FastCgiApplication application,
        in ScriptLocation script,
        bool keepAlive,
        RequestBody? body,
        UpgradeRequest? upgrade)
    {
        writer.BeginRequest(FastCgiConnection.FirstRequestId, FastCgiRole.Responder, keepAlive && upgrade is null);
        var parameters = new CgiParamsWriter(writer, application, headerEncoding, source.HttpContext, upgrade);
        parameters.WriteRequest(request, script);
        if (transformed is not null)
        {
            transformed.WriteHeaders(parameters);
        }
        else
        {
            parameters.WriteHeaders(source.Headers);
        }

        writer.EndParams();
        var isInline = body is null or { ApplicationFile: not null } || (body.CanReplay && body.Length <= MaxInlineBody && body.Memory.Length == body.Length);
        if (isInline)
        {
            writer.AddStdin(body is null ? default : body.Memory.Span);
            if (upgrade is null)
            {
                writer.EndStdin();
            }
        }

        return isInline;
    }
}
