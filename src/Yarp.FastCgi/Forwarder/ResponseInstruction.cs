using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Files;

namespace Yarp.FastCgi.Forwarder;

/// <summary>What is to become of a response whose head has been read.</summary>
/// <param name="Handling">Who answers the client.</param>
/// <param name="Target">The path, when another one of the application answers.</param>
/// <param name="RedirectStatus">REDIRECT_STATUS of that request.</param>
/// <param name="File">The file, when one is sent.</param>
internal readonly record struct ResponseInstruction(ResponseHandling Handling, LocalPath Target = default, int RedirectStatus = 0, SendfileTarget? File = null)
{
    /// <exception cref="FastCgiException">The request failed while more of the response was awaited.</exception>
    public static async ValueTask<ResponseInstruction> ReadAsync(FastCgiExchange exchange, ResponseHead head, FastCgiApplication application, CgiRequest request)
    {
        // What the error script itself says is final.
        if (!request.IsForError && application.InterceptsError(head.StatusCode))
        {
            return application.ErrorPath is { } path
                ? new ResponseInstruction(ResponseHandling.Redirect, path, head.StatusCode)
                : new ResponseInstruction(ResponseHandling.ErrorPage);
        }

        if (application.Sendfile is { } roots)
        {
            var fields = default(SendfileFields);
            exchange.Response.ReportHead(ref fields);
            if (await fields.ResolveAsync(roots).ConfigureAwait(false) is { } file)
            {
                return new ResponseInstruction(ResponseHandling.File, File: file);
            }
        }

        if (application.Settings.LocalRedirect
            && await LocalRedirect.ReadAsync(exchange, head, application.GetPrefix(request)).ConfigureAwait(false) is { } target)
        {
            return new ResponseInstruction(ResponseHandling.Redirect, target, request.RedirectStatus);
        }

        return new ResponseInstruction(ResponseHandling.PassOn);
    }
}
