namespace Yarp.FastCgi.FunctionalTests.Chaos;

/// <summary>What a <see cref="ChaosPeer"/> does to a connection.</summary>
internal enum Fault
{
    None,

    /// <summary>Resets the connection before it has read anything.</summary>
    ResetAtOnce,

    /// <summary>Resets behind BEGIN_REQUEST.</summary>
    ResetInsideTheParams,

    /// <summary>Resets when it has the params and none of the body.</summary>
    ResetBeforeTheBody,

    /// <summary>Closes when it has the whole request.</summary>
    CloseWithoutAnswer,

    /// <summary>Resets when it has the whole request.</summary>
    ResetWithoutAnswer,

    /// <summary>Refuses: FCGI_OVERLOADED.</summary>
    Overloaded,

    /// <summary>Ends the request with nothing said.</summary>
    EmptyAnswer,

    /// <summary>Closes inside the response head.</summary>
    HalfHead,

    /// <summary>Closes inside the body, whose length it has announced.</summary>
    HalfBody,

    /// <summary>Closes inside the body, whose length it has not announced.</summary>
    HalfBodyOfUnknownLength,

    /// <summary>Closes inside a record.</summary>
    HalfRecord,

    /// <summary>Ends its side only, behind half of the body.</summary>
    HalfClose,

    /// <summary>Sends bytes that are no records.</summary>
    Garbage,

    /// <summary>Goes on as if the answer were that of another request.</summary>
    ForeignRequestId,

    /// <summary>Sends more than it has announced.</summary>
    TooLong,

    /// <summary>Reads and says nothing until the other side gives up.</summary>
    Hang,

    /// <summary>Answers byte by byte.</summary>
    Drip,

    /// <summary>Answers before it has read the body, and goes.</summary>
    EarlyAnswer,

    /// <summary>Writes to stderr between the parts of its answer.</summary>
    Stderr,

    /// <summary>Answers whole and closes although the connection was to be kept.</summary>
    CloseBehindTheAnswer,
}
