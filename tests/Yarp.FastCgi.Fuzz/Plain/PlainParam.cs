namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>A name and its value.</summary>
internal sealed record PlainParam(byte[] Name, byte[] Value)
{
    /// <summary>Bytes that the pair takes in a record (FastCGI 1.0, section 3.4).</summary>
    public int WrittenSize => SizeOf(Name) + SizeOf(Value);

    private static int SizeOf(byte[] part) => (part.Length < 128 ? 1 : 4) + part.Length;
}
