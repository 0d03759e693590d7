using Microsoft.AspNetCore.Http;

namespace Yarp.FastCgi.Cgi;

/// <summary>A request has two header fields that the application could not tell apart: one may be forged to pass for the other.</summary>
internal sealed class AmbiguousHeaderException(string first, string second)
    : BadHttpRequestException($"The request has the header fields '{first}' and '{second}', which are one param to the application.");
