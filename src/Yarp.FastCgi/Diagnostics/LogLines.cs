using System.Buffers;
using System.Text;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>
/// Cuts what a program writes into lines for the log: bounded in length (E35), control characters neutralised so that no line can forge
/// another (E36), empty ones left out.
/// </summary>
internal sealed class LogLines(Action<string> write)
{
    private const int MaxLineLength = 4096;

    private readonly ArrayBufferWriter<byte> _line = new();

    public void Write(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var lineFeed = text.IndexOf((byte)'\n');
            var part = lineFeed < 0 ? text : text[..lineFeed];
            while (_line.WrittenCount + part.Length > MaxLineLength)
            {
                var taken = MaxLineLength - _line.WrittenCount;
                _line.Write(part[..taken]);
                part = part[taken..];
                EndLine();
            }

            _line.Write(part);
            if (lineFeed < 0)
            {
                return;
            }

            EndLine();
            text = text[(lineFeed + 1)..];
        }
    }

    /// <summary>Nothing more comes: what stands without a line end is a line.</summary>
    public void EndLine()
    {
        if (_line.WrittenCount > 0)
        {
            var line = Neutralize(_line.WrittenSpan);
            _line.ResetWrittenCount();
            if (line.Length > 0)
            {
                write(line);
            }
        }
    }

    private static string Neutralize(ReadOnlySpan<byte> line)
        => string.Create(
            Encoding.UTF8.GetCharCount(line),
            line,
            static (characters, bytes) =>
            {
                Encoding.UTF8.GetChars(bytes, characters);
                foreach (ref var character in characters)
                {
                    // U+2028 and U+2029 end a line for many readers of logs.
                    if (char.IsControl(character) || character is '\u2028' or '\u2029')
                    {
                        character = character == '\t' ? ' ' : '\uFFFD';
                    }
                }
            }).TrimEnd('\uFFFD', ' ');
}
