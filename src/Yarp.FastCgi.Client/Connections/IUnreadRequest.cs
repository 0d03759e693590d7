namespace Yarp.FastCgi.Client.Connections;

/// <summary>A request that the application should have begun to read by now.</summary>
internal interface IUnreadRequest
{
    /// <returns>
    /// Whether the connection is given up, which the request sees as a lost one. If not, the request has armed its other deadline again.
    /// </returns>
    bool GivesUp(FastCgiConnection connection);
}
