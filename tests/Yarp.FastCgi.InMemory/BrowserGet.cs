using System.Text;

namespace Yarp.FastCgi.InMemory;

/// <summary>A request of a browser, as it is on the wire.</summary>
internal static class BrowserGet
{
    public static byte[] Bytes { get; } = Encoding.ASCII.GetBytes(
        "GET /shop/item/42?color=blue HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
        + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
        + "Cookie: session=4f2a9c1d77e04b0b9c1f; consent=all\r\n\r\n");
}
