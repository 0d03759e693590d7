using System.Security.Cryptography;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>Bytes that differ at every place, so that a lost, doubled or exchanged piece shows.</summary>
internal static class TestBody
{
    public static byte[] Create(int length, int seed = 1)
    {
        var body = new byte[length];
        new Random(seed).NextBytes(body);
        return body;
    }

    public static string Hash(ReadOnlySpan<byte> body) => Convert.ToHexString(SHA256.HashData(body));
}
