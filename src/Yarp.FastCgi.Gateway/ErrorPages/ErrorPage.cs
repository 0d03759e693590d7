namespace Yarp.FastCgi.Gateway.ErrorPages;

/// <summary>One form of a page.</summary>
/// <param name="MediaType">As <c>Accept</c> names it.</param>
/// <param name="Content">The file's bytes.</param>
internal sealed record ErrorPage(string MediaType, byte[] Content)
{
    public string ContentType => MediaType + "; charset=utf-8";
}
