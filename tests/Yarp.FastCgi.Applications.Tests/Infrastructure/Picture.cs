using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Yarp.FastCgi.Applications.Tests.Infrastructure;

/// <summary>A picture to upload: a PNG of 640 by 400 pixels, large enough for applications to make smaller ones of it.</summary>
internal static class Picture
{
    private const int Width = 640;
    private const int Height = 400;

    /// <returns>The path of the file.</returns>
    public static string Write(string directory)
    {
        var path = Path.Combine(directory, "trees.png");
        using var file = File.Create(path);
        file.Write([0x89, .. "PNG\r\n"u8, 0x1a, (byte)'\n']);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        (header[8], header[9]) = (8, 2);
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, Compress());
        WriteChunk(file, "IEND"u8, []);
        return path;
    }

    private static byte[] Compress()
    {
        using var buffer = new MemoryStream();
        using (var compressed = new ZLibStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var y = 0; y < Height; y++)
            {
                compressed.WriteByte(0);
                for (var x = 0; x < Width; x++)
                {
                    compressed.Write([(byte)(x / 3), (byte)(y / 2), (byte)(x ^ y)]);
                }
            }
        }

        return buffer.ToArray();
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] chunk = [.. type, .. data];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(chunk);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(chunk));
        file.Write(number);
    }
}
