namespace Yarp.FastCgi.Client.Protocol;

/// <summary>Why a response head was refused.</summary>
internal enum ResponseHeadError
{
    None,
    MissingBlankLine,
    StatusLine,
    FoldedLine,
    MissingColon,
    InvalidHeaderName,
    InvalidHeaderValue,
    InvalidStatus,
    DuplicateStatus,
    InvalidContentLength,
    ConflictingContentLength,
}
