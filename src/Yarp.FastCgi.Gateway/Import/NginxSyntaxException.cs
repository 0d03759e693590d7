namespace Yarp.FastCgi.Gateway.Import;

/// <summary>What is no configuration of nginx; the message names file and line.</summary>
internal sealed class NginxSyntaxException(string file, int line, string message) : Exception($"{file}:{line}: {message}");
