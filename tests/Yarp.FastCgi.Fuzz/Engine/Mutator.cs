using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>Changes inputs at random: the same generator and the same inputs always give the same changes.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> tokens, int maxLength)
{
    private const int MaxChanges = 6;

    // Borders of lengths and characters: where parsers compare.
    private static readonly byte[] Borders = [0x00, 0x01, 0x09, 0x0A, 0x0D, 0x1F, 0x20, 0x2E, 0x2F, 0x3A, 0x7E, 0x7F, 0x80, 0xC0, 0xFE, 0xFF];
    private static readonly ushort[] Lengths = [0, 1, 7, 8, 127, 128, 255, 256, 65280, 65527, 65528, 65529, 65534, 65535];
    private static readonly string[] Numbers =
        ["0", "1", "-1", "00", "100", "101", "204", "304", "99", "999", "1000", "65535", "65536", "2147483648", "4294967296", "7fffffffffffffff", "8000000000000000", "9223372036854775807", "9223372036854775808", "18446744073709551616"];

    private readonly List<byte> _bytes = [];

    /// <summary>Changes an input in one to some places.</summary>
    /// <param name="input">The input.</param>
    /// <param name="other">Another one, of which parts may be taken.</param>
    public byte[] Mutate(ReadOnlySpan<byte> input, ReadOnlySpan<byte> other)
    {
        _bytes.Clear();
        _bytes.AddRange(input);
        for (var changes = 1 + random.Next(MaxChanges); changes > 0; changes--)
        {
            Change(other);
        }

        if (_bytes.Count > maxLength)
        {
            _bytes.RemoveRange(maxLength, _bytes.Count - maxLength);
        }

        return [.. _bytes];
    }

    private void Change(ReadOnlySpan<byte> other)
    {
        switch (random.Next(15))
        {
            case 0 when _bytes.Count > 0:
                _bytes[AnyIndex()] ^= (byte)(1 << random.Next(8));
                break;

            case 1 when _bytes.Count > 0:
                _bytes[AnyIndex()] = Borders[random.Next(Borders.Length)];
                break;

            case 2 when _bytes.Count > 0:
                var (start, length) = AnyRange();
                _bytes.RemoveRange(start, length);
                break;

            case 3 when _bytes.Count > 0:
                (start, length) = AnyRange();
                Insert(AnyPlace(), _bytes.GetRange(start, length));
                break;

            case 4 when _bytes.Count > 0:
                Repeat();
                break;

            case 5 when _bytes.Count > 1:
                Swap();
                break;

            case 6 when _bytes.Count > 0:
                start = AnyIndex();
                _bytes.RemoveRange(start, _bytes.Count - start);
                break;

            case 7 or 8 or 9:
                Insert(AnyPlace(), AnyToken());
                break;

            case 10:
                Overwrite(AnyPlace(), AnyToken());
                break;

            case 11:
                Splice(other);
                break;

            case 12 when _bytes.Count > 1:
                EditLength();
                break;

            case 13:
                EditNumber();
                break;

            case 14 when _bytes.Count >= 8:
                EditRecordHeader();
                break;

            default:
                Insert(AnyPlace(), [Borders[random.Next(Borders.Length)]]);
                break;
        }
    }

    private void Insert(int place, IReadOnlyCollection<byte> bytes)
    {
        if (_bytes.Count + bytes.Count <= maxLength)
        {
            _bytes.InsertRange(place, bytes);
        }
    }

    private void Overwrite(int place, byte[] bytes)
    {
        for (var i = 0; i < bytes.Length && place + i < _bytes.Count; i++)
        {
            _bytes[place + i] = bytes[i];
        }
    }

    /// <summary>Up to some hundred times the same: what is counted, joined or compared over and over.</summary>
    private void Repeat()
    {
        var (start, length) = AnyRange();
        var range = _bytes.GetRange(start, length);
        for (var times = 1 << random.Next(9); times > 0 && _bytes.Count + length <= maxLength; times--)
        {
            _bytes.InsertRange(start, range);
        }
    }

    private void Swap()
    {
        var (start, length) = AnyRange();
        var range = _bytes.GetRange(start, length);
        _bytes.RemoveRange(start, length);
        _bytes.InsertRange(AnyPlace(), range);
    }

    private void Splice(ReadOnlySpan<byte> other)
    {
        if (other.IsEmpty)
        {
            return;
        }

        var start = random.Next(other.Length);
        if (random.Next(2) == 0)
        {
            var end = AnyPlace();
            _bytes.RemoveRange(end, _bytes.Count - end);
            _bytes.AddRange(other[start..]);
        }
        else
        {
            Insert(AnyPlace(), other.Slice(start, random.Next(1, other.Length - start + 1)).ToArray());
        }
    }

    /// <summary>Two bytes as a length, as records have them.</summary>
    private void EditLength()
    {
        var field = CollectionsMarshal.AsSpan(_bytes).Slice(random.Next(_bytes.Count - 1), 2);
        var value = BinaryPrimitives.ReadUInt16BigEndian(field);
        value = random.Next(2) == 0 ? Lengths[random.Next(Lengths.Length)] : (ushort)(value + random.Next(-8, 9));
        BinaryPrimitives.WriteUInt16BigEndian(field, value);
    }

    /// <summary>Replaces a run of digits.</summary>
    private void EditNumber()
    {
        var start = _bytes.FindIndex(AnyPlace(), static value => char.IsAsciiHexDigit((char)value));
        if (start < 0)
        {
            return;
        }

        var end = start;
        while (end < _bytes.Count && char.IsAsciiHexDigit((char)_bytes[end]))
        {
            end++;
        }

        var text = Numbers[random.Next(Numbers.Length)];
        if (random.Next(2) == 0 && ulong.TryParse(Check.Latin1(CollectionsMarshal.AsSpan(_bytes)[start..end]), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            text = (number + (ulong)random.Next(-2, 3)).ToString(CultureInfo.InvariantCulture);
        }

        _bytes.RemoveRange(start, end - start);
        Insert(start, text.Select(static c => (byte)c).ToArray());
    }

    /// <summary>One field of what looks like the header of a record.</summary>
    private void EditRecordHeader()
    {
        var start = _bytes.FindIndex(AnyPlace(), static value => value == 1);
        if (start < 0 || start + 8 > _bytes.Count)
        {
            return;
        }

        var header = CollectionsMarshal.AsSpan(_bytes).Slice(start, 8);
        switch (random.Next(5))
        {
            case 0:
                header[1] = (byte)random.Next(1, 13);
                break;

            case 1:
                BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)random.Next(3));
                break;

            case 2:
                // All that follows is content.
                BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)Math.Min(_bytes.Count - start - 8, ushort.MaxValue));
                break;

            case 3:
                header[6] = Borders[random.Next(Borders.Length)];
                break;

            default:
                BinaryPrimitives.WriteUInt16BigEndian(header[4..], Lengths[random.Next(Lengths.Length)]);
                break;
        }
    }

    private byte[] AnyToken() => tokens.Count == 0 ? [(byte)random.Next(256)] : tokens[random.Next(tokens.Count)];

    private int AnyIndex() => random.Next(_bytes.Count);

    private int AnyPlace() => random.Next(_bytes.Count + 1);

    /// <summary>Short ones more often than long ones.</summary>
    private (int Start, int Length) AnyRange()
    {
        var start = AnyIndex();
        var longest = _bytes.Count - start;
        return (start, 1 + random.Next(random.Next(3) == 0 ? longest : Math.Min(longest, 16)));
    }
}
