using Microsoft.Extensions.Configuration;

namespace Yarp.FastCgi.Configuration;

/// <summary>A configuration section that YARP loads routes and clusters from; null when the application has none.</summary>
internal sealed record ProxySection(IConfiguration? Configuration);
