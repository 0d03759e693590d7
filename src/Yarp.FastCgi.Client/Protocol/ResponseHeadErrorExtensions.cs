using System.Diagnostics;

namespace Yarp.FastCgi.Client.Protocol;

/// <summary>Texts for logs and error messages.</summary>
internal static class ResponseHeadErrorExtensions
{
    /// <summary>A short sentence part without bytes of the response, which may be hostile.</summary>
    public static string Describe(this ResponseHeadError error) => error switch
    {
        ResponseHeadError.None => "no error",
        ResponseHeadError.MissingBlankLine => "the response head does not end with a blank line",
        ResponseHeadError.StatusLine => "the response begins with an HTTP status line instead of header fields (AcceptStatusLine: true takes it for Status)",
        ResponseHeadError.FoldedLine => "a header line begins with a blank",
        ResponseHeadError.MissingColon => "a header line has no colon",
        ResponseHeadError.InvalidHeaderName => "a header name is empty or has a character that is not allowed",
        ResponseHeadError.InvalidHeaderValue => "a header value has a control character",
        ResponseHeadError.InvalidStatus => "Status, or the status line, is not a code from 100 to 999 with an optional reason",
        ResponseHeadError.DuplicateStatus => "Status is given more than once",
        ResponseHeadError.InvalidContentLength => "Content-Length is not a number of bytes",
        ResponseHeadError.ConflictingContentLength => "Content-Length is given more than once with different values",
        _ => throw new UnreachableException(),
    };
}
