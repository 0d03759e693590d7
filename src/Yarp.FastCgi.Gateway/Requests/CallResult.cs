using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Gateway.Requests;

/// <summary>How a request ended.</summary>
/// <param name="End">What END_REQUEST says.</param>
/// <param name="FirstByte">Time from the connect to the first byte of the answer.</param>
/// <param name="Elapsed">Time to END_REQUEST.</param>
internal readonly record struct CallResult(EndRequestBody End, TimeSpan? FirstByte, TimeSpan Elapsed);
