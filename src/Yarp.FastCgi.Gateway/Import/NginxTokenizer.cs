using System.Text;

namespace Yarp.FastCgi.Gateway.Import;

/// <summary>
/// The words of nginx's grammar: separated by blanks, with quotes around a whole word, backslashes, comments, and <c>;</c>, <c>{</c> and <c>}</c>, which end a word
/// unless they belong to a variable (<c>${name}</c>).
/// </summary>
internal sealed class NginxTokenizer(string text, string file)
{
    private int _position;
    private int _line = 1;

    public enum Kind
    {
        End,
        Word,
        Semicolon,
        Open,
        Close,
    }

    /// <summary>The line of the last token.</summary>
    public int Line { get; private set; } = 1;

    /// <exception cref="NginxSyntaxException">A quote has no end.</exception>
    public Kind Read(out string word)
    {
        word = "";
        SkipBlanks();
        Line = _line;
        if (_position == text.Length)
        {
            return Kind.End;
        }

        switch (text[_position])
        {
            case ';':
                _position++;
                return Kind.Semicolon;
            case '{':
                _position++;
                return Kind.Open;
            case '}':
                _position++;
                return Kind.Close;
            case '"' or '\'':
                word = ReadQuoted(text[_position++]);
                return Kind.Word;
            default:
                word = ReadPlain();
                return Kind.Word;
        }
    }

    private void SkipBlanks()
    {
        while (_position < text.Length)
        {
            var c = text[_position];
            if (c == '#')
            {
                var end = text.IndexOf('\n', _position);
                _position = end < 0 ? text.Length : end;
            }
            else if (char.IsWhiteSpace(c) || c == '\uFEFF')
            {
                Advance();
            }
            else
            {
                return;
            }
        }
    }

    private string ReadQuoted(char quote)
    {
        var word = new StringBuilder();
        while (_position < text.Length)
        {
            if (text[_position] == quote)
            {
                _position++;
                return word.ToString();
            }

            ReadCharacter(word);
        }

        throw new NginxSyntaxException(file, Line, $"the quote {quote} has no end");
    }

    private string ReadPlain()
    {
        var word = new StringBuilder();
        while (_position < text.Length)
        {
            var c = text[_position];
            if (c == '$' && _position + 1 < text.Length && text[_position + 1] == '{' && text.IndexOf('}', _position) is > 0 and var end)
            {
                word.Append(text, _position, end + 1 - _position);
                _position = end + 1;
                continue;
            }

            if (char.IsWhiteSpace(c) || c is ';' or '{' or '}')
            {
                break;
            }

            ReadCharacter(word);
        }

        return word.ToString();
    }

    // A backslash takes itself off in front of quotes and backslashes, makes \t, \r and \n, and stays elsewhere, as regular expressions need it.
    private void ReadCharacter(StringBuilder word)
    {
        if (text[_position] == '\\' && _position + 1 < text.Length)
        {
            _position++;
            _ = text[_position] switch
            {
                '"' or '\'' or '\\' => word.Append(text[_position]),
                't' => word.Append('\t'),
                'r' => word.Append('\r'),
                'n' => word.Append('\n'),
                var other => word.Append('\\').Append(other),
            };
        }
        else
        {
            word.Append(text[_position]);
        }

        Advance();
    }

    private void Advance()
    {
        if (text[_position++] == '\n')
        {
            _line++;
        }
    }
}
