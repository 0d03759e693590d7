using System.Buffers;
using System.Text;

namespace Yarp.FastCgi.Gateway.Demo;

/// <summary>A text with <c>{{name}}</c> holes in it, cut once and rendered often.</summary>
internal sealed class PageTemplate
{
    private readonly List<(byte[] Text, string Hole)> _parts = [];
    private readonly byte[] _end;

    public PageTemplate(string text)
    {
        var start = 0;
        int open;
        while ((open = text.IndexOf("{{", start, StringComparison.Ordinal)) >= 0)
        {
            var close = text.IndexOf("}}", open, StringComparison.Ordinal);
            _parts.Add((Encoding.UTF8.GetBytes(text[start..open]), text[(open + 2)..close]));
            start = close + 2;
        }

        _end = Encoding.UTF8.GetBytes(text[start..]);
    }

    /// <param name="output">Receives the text.</param>
    /// <param name="fill">Writes what belongs into the hole of a name.</param>
    public void Write(IBufferWriter<byte> output, Action<string> fill)
    {
        foreach (var (text, hole) in _parts)
        {
            output.Write(text);
            fill(hole);
        }

        output.Write(_end);
    }
}
