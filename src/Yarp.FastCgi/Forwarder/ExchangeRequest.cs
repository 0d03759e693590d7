using Yarp.FastCgi.Cgi;

namespace Yarp.FastCgi.Forwarder;

/// <summary>What an exchange is told of the request that it carries.</summary>
internal readonly record struct ExchangeRequest
{
    /// <summary>The destination, and what is to be done when it fails.</summary>
    public required ForwardingTarget Target { get; init; }

    /// <summary>For messages and telemetry.</summary>
    public required RequestSite Site { get; init; }

    public required string Method { get; init; }

    /// <summary>How long nothing may move.</summary>
    public required TimeSpan ActivityTimeout { get; init; }

    /// <summary>How long the request may go on when its client goes away; null ends it at once.</summary>
    public TimeSpan? ClientAbortTimeout { get; init; }

    /// <summary>Whether STDIN stays open behind the request, to go on with <see cref="FastCgiExchange.SendStdin"/>. The connection then serves no other request.</summary>
    public bool IsForUpgrade { get; init; }

    /// <summary>The application's own params, which go before the trace context; null when there are none.</summary>
    public UserParams? Params { get; init; }

    /// <summary>For telemetry: the script that runs; null when that is not known.</summary>
    public string? ScriptName { get; init; }

    /// <summary>For messages: SCRIPT_FILENAME; null when it is not known.</summary>
    public string? ScriptFile { get; init; }

    /// <summary>Whether no client waits for the answer, but a message was sent, as health probes are: it is not measured, and has spans only inside a trace that is recorded.</summary>
    public bool IsOfMessage { get; init; }
}
