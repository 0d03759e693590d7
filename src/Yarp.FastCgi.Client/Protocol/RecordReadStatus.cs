namespace Yarp.FastCgi.Client.Protocol;

/// <summary>The outcome of <see cref="RecordReader.Read"/>.</summary>
internal enum RecordReadStatus
{
    /// <summary>Nothing to deliver before more bytes arrive.</summary>
    NeedMoreData,

    /// <summary>A record, or a part of one, was delivered.</summary>
    Fragment,

    /// <summary>The next record is not of FastCGI version 1. The stream cannot be read any further.</summary>
    UnsupportedVersion,
}
