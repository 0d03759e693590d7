namespace Yarp.FastCgi.Configuration;

/// <summary>What makes a destination healthy under the health policy FastCgiProbe, with every default applied.</summary>
/// <param name="Body">What the body has to be; null when any will do.</param>
/// <param name="Failures">Probes that have to fail in a row before a destination is out.</param>
internal sealed record ProbeSettings(string? Body, int Failures);
