using Microsoft.AspNetCore.Http;

namespace Yarp.FastCgi.Cgi;

/// <summary>A CONNECT that does not lead to an upgrade. 501 is the answer to a protocol that a server does not support (RFC 9220, section 3).</summary>
internal sealed class UpgradeRefusedException(string message) : BadHttpRequestException(message, StatusCodes.Status501NotImplemented);
