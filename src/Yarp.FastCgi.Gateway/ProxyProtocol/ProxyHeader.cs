using System.Net;

namespace Yarp.FastCgi.Gateway.ProxyProtocol;

/// <summary>What a header of the PROXY protocol tells.</summary>
/// <param name="Length">Its length in bytes; the client's own bytes begin behind it.</param>
/// <param name="Source">The client; null when the header names none: LOCAL, UNKNOWN, or a client without an address.</param>
/// <param name="Destination">The address that the client has connected to; null together with <paramref name="Source"/>.</param>
internal readonly record struct ProxyHeader(int Length, IPEndPoint? Source, IPEndPoint? Destination);
