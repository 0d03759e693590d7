namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>Hears what happens to the places on a multiplexed connection. Called outside of every lock.</summary>
internal interface IMultiplexedConnectionOwner
{
    /// <summary>The application is done with a request, or has never heard of it: its place is free.</summary>
    /// <param name="wasGivenUp">Whether <see cref="OnRequestGivenUp"/> was called for it before.</param>
    void OnRequestEnded(bool wasGivenUp);

    /// <summary>A request was given up. Its place is taken until the application has ended it too.</summary>
    void OnRequestGivenUp();

    /// <summary>The application has refused a request for being one of several (FCGI_CANT_MPX_CONN, E28).</summary>
    void OnCannotMultiplex();

    /// <summary>The application takes no further requests on this connection.</summary>
    void OnBroken();

    /// <summary>The connection is closed, and all of its places are gone.</summary>
    void OnClosed();
}
