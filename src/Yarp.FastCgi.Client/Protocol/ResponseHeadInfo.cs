namespace Yarp.FastCgi.Client.Protocol;

/// <summary>What a response head says about the response as a whole (RFC 3875, sections 6.2 and 6.3).</summary>
internal readonly ref struct ResponseHeadInfo
{
    /// <summary>100 to 999; without a Status field 302 if there is a Location, otherwise 200.</summary>
    public required int StatusCode { get; init; }

    /// <summary>The text behind the code in Status, empty when there is none; a slice of the head.</summary>
    public required ReadOnlySpan<byte> ReasonPhrase { get; init; }

    /// <summary>In bytes; null when the application gave none, or when a transfer coding overrides it (RFC 9112, section 6.3).</summary>
    public required long? ContentLength { get; init; }

    public required TransferCoding TransferCoding { get; init; }

    public required bool HasLocation { get; init; }

    public required bool HasStatus { get; init; }
}
