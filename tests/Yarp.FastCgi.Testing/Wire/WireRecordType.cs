namespace Yarp.FastCgi.Testing;

/// <summary>Record types of FastCGI 1.0, section 8. Stated again here, because tests share no protocol code with what they test.</summary>
public enum WireRecordType : byte
{
    BeginRequest = 1,
    AbortRequest = 2,
    EndRequest = 3,
    Params = 4,
    Stdin = 5,
    Stdout = 6,
    Stderr = 7,
    Data = 8,
    GetValues = 9,
    GetValuesResult = 10,
    UnknownType = 11,
}
