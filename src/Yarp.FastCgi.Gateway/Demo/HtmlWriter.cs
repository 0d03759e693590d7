using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Yarp.FastCgi.Gateway.Demo;

/// <summary>Writes HTML as UTF-8: markup that we wrote ourselves, and text of anyone, encoded.</summary>
internal readonly struct HtmlWriter(IBufferWriter<byte> output)
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public void Markup(ReadOnlySpan<byte> markup) => output.Write(markup);

    /// <summary>Safe between tags and in quoted attributes. Control characters other than line ends become visible symbols.</summary>
    public void Text(string text) => Encoding.UTF8.GetBytes(Encoder.Encode(ShowControls(text)), output);

    private static string ShowControls(string text)
        => text.AsSpan().IndexOfAnyInRange('\0', '\x1f') < 0
            ? text
            : string.Create(text.Length, text, static (shown, text) =>
            {
                for (var i = 0; i < text.Length; i++)
                {
                    // Unicode has a picture of each control character from U+2400 on.
                    shown[i] = text[i] is < ' ' and not ('\n' or '\r' or '\t') ? (char)('\u2400' + text[i]) : text[i];
                }
            });
}
