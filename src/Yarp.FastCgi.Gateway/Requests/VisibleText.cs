using System.Text;
using Yarp.FastCgi.Forwarder;

namespace Yarp.FastCgi.Gateway.Requests;

/// <summary>
/// Writes bytes of an application to a terminal: UTF-8 as text, and control characters as pictures (U+2400 and up), because a terminal obeys some of them. Line
/// ends and tabs stay.
/// </summary>
internal sealed class VisibleText(TextWriter output) : WriteOnlyStream
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private char _last = '\n';

    /// <summary>Whether anything was written, and no line end came last.</summary>
    public bool IsInsideLine => _last != '\n';

    public override void Write(byte[] buffer, int offset, int count)
    {
        var characters = new char[Encoding.UTF8.GetMaxCharCount(count)];
        var length = _decoder.GetChars(buffer.AsSpan(offset, count), characters, flush: false);
        foreach (var character in characters.AsSpan(0, length))
        {
            // A carriage return is the first half of a line end here, and alone it would let a line cover itself.
            if (character != '\r')
            {
                output.Write(ToVisible(character));
                _last = character;
            }
        }
    }

    public override void Flush() => output.Flush();

    private static char ToVisible(char character) => character switch
    {
        '\n' or '\t' => character,
        < ' ' => (char)('\u2400' + character),
        '\u007f' => '\u2421',
        _ when char.IsControl(character) => '\ufffd',
        _ => character,
    };
}
