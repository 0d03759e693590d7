using Yarp.FastCgi.Client;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Forwarder;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Tests.Diagnostics;

public class ErrorTypesTests
{
    private static readonly string Library = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "library.md"));

    public static TheoryData<FastCgiError> Errors => [.. Enum.GetValues<FastCgiError>()];

    [Theory]
    [MemberData(nameof(Errors))]
    public void Get_ErrorOfTheClient_HasANameOfItsOwnThatIsDocumented(FastCgiError error)
    {
        var name = ErrorTypes.Get(error);

        Assert.Equal(error, Enum.GetValues<FastCgiError>().Single(other => ErrorTypes.Get(other) == name));
        Assert.Contains($"`{name}`", Library, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "canceled")]
    [InlineData(false, "request_timeout")]
    public void Get_RequestGivenUp_TellsTheClientFromTheRoutesTimeout(bool isCanceled, string expected)
    {
        var failure = new ForwardingFailure(ForwarderError.RequestCanceled, 504, isCanceled);

        Assert.Equal(expected, ErrorTypes.Get(failure, new OperationCanceledException()));
        Assert.Equal(expected, ErrorTypes.Get(failure, new FastCgiException(FastCgiError.Canceled, "text")));
        Assert.Contains($"`{expected}`", Library, StringComparison.Ordinal);
    }

    [Fact]
    public void Get_ClientsBody_HasItsOwnNames()
    {
        var failure = new ForwardingFailure(ForwarderError.RequestBodyClient, 408);

        Assert.Equal("request_body_timeout", ErrorTypes.Get(failure, new TimeoutException()));
        Assert.Equal("request_body", ErrorTypes.Get(failure, new Microsoft.AspNetCore.Http.BadHttpRequestException("text")));
        Assert.Equal("_OTHER", ErrorTypes.Get(failure, new IOException()));
    }
}
