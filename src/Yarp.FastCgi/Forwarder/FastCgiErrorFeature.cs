using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Tells YARP's middleware (passive health, for one) and the application what failed.</summary>
internal sealed record FastCgiErrorFeature(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature;
