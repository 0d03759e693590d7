namespace Yarp.FastCgi.Configuration;

/// <summary>
/// A value that php.ini computes: constants and integers with the operators of bits, such as <c>E_ALL &amp; ~E_NOTICE</c>.
/// Constants are upper case here, so that no other text is taken for one.
/// </summary>
internal ref struct PhpIniExpression
{
    private const int MaxLength = 1000;
    private const int MaxDepth = 16;

    private readonly ReadOnlySpan<char> _text;
    private int _position;
    private bool _hasConstant;

    private PhpIniExpression(ReadOnlySpan<char> text) => _text = text;

    /// <summary>Whether all of the text is an expression with a constant in it.</summary>
    public static bool Is(ReadOnlySpan<char> text)
    {
        var expression = new PhpIniExpression(text);
        return text.Length <= MaxLength && expression.TryReadOperation(depth: 0) && expression._position == text.Length && expression._hasConstant;
    }

    private bool TryReadOperation(int depth)
    {
        if (depth > MaxDepth || !TryReadOperand(depth))
        {
            return false;
        }

        while (Peek() is '|' or '&' or '^')
        {
            _position++;
            if (!TryReadOperand(depth))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryReadOperand(int depth)
    {
        while (Peek() is '~' or '!')
        {
            _position++;
        }

        if (Peek() == '(')
        {
            _position++;
            return TryReadOperation(depth + 1) && Peek() == ')' && Skip();
        }

        var start = _position;
        while (_position < _text.Length && (char.IsAsciiLetterUpper(_text[_position]) || char.IsAsciiDigit(_text[_position]) || _text[_position] == '_'))
        {
            _position++;
        }

        var word = _text[start.._position];
        if (word.IsEmpty)
        {
            return false;
        }

        var isNumber = !word.ContainsAnyExceptInRange('0', '9');
        _hasConstant |= !isNumber;
        Peek();
        return isNumber || (!char.IsAsciiDigit(word[0]) && !PhpIni.IsReserved(word));
    }

    private bool Skip()
    {
        _position++;
        Peek();
        return true;
    }

    /// <summary>The next character that is no blank; NUL at the end.</summary>
    private char Peek()
    {
        while (_position < _text.Length && _text[_position] == ' ')
        {
            _position++;
        }

        return _position < _text.Length ? _text[_position] : '\0';
    }
}
