namespace Yarp.FastCgi.Forwarder;

/// <summary>The request body could not be kept on this machine: neither the client's nor the application's fault.</summary>
internal sealed class SpoolException(string message, Exception? innerException) : IOException(message, innerException);
