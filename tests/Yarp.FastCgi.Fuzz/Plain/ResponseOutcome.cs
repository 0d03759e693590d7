using Yarp.FastCgi.Fuzz.Engine;

namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>Everything that is seen of a response, by whichever reader.</summary>
internal sealed class ResponseOutcome
{
    /// <summary>Status, reason and fields of each head, in lines.</summary>
    public List<string> Heads { get; } = [];

    public List<byte> Body { get; } = [];

    public List<byte> Stderr { get; } = [];

    /// <summary>How it ended: with END_REQUEST, or with what was wrong.</summary>
    public string Ending { get; set; } = "";

    public bool StdoutEnded { get; set; }

    /// <summary>The type of the first record that is no part of a response; null when there was none.</summary>
    public byte? SkippedType { get; set; }

    /// <summary>Whether records of the connection's request before came first.</summary>
    public bool HasDroppedFormerOutput { get; set; }

    /// <summary>The index behind the record that ended the response; null when none did.</summary>
    public long? End { get; set; }

    public void CheckSame(ResponseOutcome other)
    {
        Check.Same(Ending, other.Ending, "The response ends as a plain reading says");
        Check.Same(string.Join("\n\n", Heads), string.Join("\n\n", other.Heads), "The heads are those of a plain reading");
        Check.SameBytes(Body.ToArray(), other.Body.ToArray(), "The body is that of a plain reading");
        Check.SameBytes(Stderr.ToArray(), other.Stderr.ToArray(), "STDERR is that of a plain reading");
        Check.Same(SkippedType, other.SkippedType, "The first record that is skipped is that of a plain reading");
        Check.Same(HasDroppedFormerOutput, other.HasDroppedFormerOutput, "What is of the request before is seen as by a plain reading");
        Check.Same(StdoutEnded, other.StdoutEnded, "The end of STDOUT is seen as by a plain reading");
    }
}
