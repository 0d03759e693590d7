using System.Text;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Copies the application's header fields to a response message, for transforms and for callers of the message handler.</summary>
/// <param name="message">The message.</param>
/// <param name="hidden">Fields that the client does not get.</param>
internal readonly struct ResponseMessageHeaderWriter(HttpResponseMessage message, HiddenFields hidden) : IResponseHeaderHandler
{
    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var key = ResponseHeaderNames.Get(name);
        if (ResponseHeaderNames.IsDropped(key))
        {
            // Most of them YARP would drop later on, but it lets Trailer pass, and there are none here.
            return;
        }

        if (hidden != HiddenFields.None && ResponseHeaderNames.IsHidden(key, hidden))
        {
            return;
        }

        if (ResponseHeaderNames.IsSingle(key) && (message.Headers.NonValidated.Contains(key) || message.Content.Headers.NonValidated.Contains(key)))
        {
            return;
        }

        var text = Encoding.Latin1.GetString(value);
        if (!message.Headers.TryAddWithoutValidation(key, text))
        {
            message.Content.Headers.TryAddWithoutValidation(key, text);
        }
    }
}
