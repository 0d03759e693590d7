using System.Globalization;
using System.Text;
using CsCheck;

namespace Yarp.FastCgi.Testing;

/// <summary>Bodies in the chunked coding.</summary>
public static class ChunkGen
{
    private static readonly Gen<string> Piece = Gen.OneOf(
        "\r\n", "\r\n", "\r", "\n", "0", "1", "5", "a", "F", "10", ";", ";x=y", " ", "\t", "\0", "é", "-", "+", "0x", "hello", "X-A: b", "7fffffffffffffff", "8000000000000000");

    /// <summary>Put together of what the coding is made of, seldom sound.</summary>
    public static readonly Gen<byte[]> Any = Piece.Array[0, 20].Select(pieces => Encoding.Latin1.GetBytes(string.Concat(pieces)));

    /// <summary>For extensions and trailers.</summary>
    public static readonly Gen<string> Text = Gen.Char[" -~"].Array[0, 40].Select(characters => new string(characters));

    /// <summary>The content of each chunk but the last.</summary>
    public static readonly Gen<byte[][]> Chunks = Gen.Byte.Array[1, 70].Array[0, 8];

    public static byte[] Encode(byte[][] chunks, string extension, string trailer)
    {
        var encoded = new List<byte>();
        foreach (var chunk in chunks)
        {
            encoded.AddRange(Encoding.Latin1.GetBytes(chunk.Length.ToString("x", CultureInfo.InvariantCulture) + ";" + extension + "\r\n"));
            encoded.AddRange(chunk);
            encoded.AddRange("\r\n"u8);
        }

        encoded.AddRange(Encoding.Latin1.GetBytes("0\r\n" + (trailer.Length > 0 ? trailer + "\r\n" : "") + "\r\n"));
        return [.. encoded];
    }
}
