namespace Yarp.FastCgi.Gateway.Dashboard;

/// <summary>A server-sent event.</summary>
internal readonly record struct DashboardEvent(string Name, byte[] Json);
