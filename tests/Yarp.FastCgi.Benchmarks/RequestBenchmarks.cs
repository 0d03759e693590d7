using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Benchmarks;

/// <summary>The records of a request: params of a browser's request, and a body.</summary>
public class RequestBenchmarks
{
    private readonly DefaultHttpContext _context = BrowserRequest.CreateContext();
    private readonly FastCgiApplication _application = BrowserRequest.CreateApplication(new FastCgiClusterOptions { DocumentRoot = "/srv/www" });
    private readonly byte[] _body = new byte[64 * 1024];
    private CgiRequest _request;

    [GlobalSetup]
    public void Setup() => _request = CgiRequest.FromHttpContext(_context);

    [Benchmark]
    public int Params()
    {
        using var writer = new RequestWriter();
        writer.BeginRequest(FastCgiConnection.FirstRequestId, FastCgiRole.Responder, keepConnection: true);
        var parameters = new CgiParamsWriter(writer, _application, BrowserRequest.HeaderEncoding, _context);
        parameters.WriteRequest(_request, BrowserRequest.Script);
        parameters.WriteHeaders(_context.Request.Headers);
        writer.EndParams();
        writer.EndStdin();
        return writer.Written.Length;
    }

    [Benchmark]
    public int Stdin64KiB()
    {
        using var writer = new RequestWriter();
        writer.BeginRequest(FastCgiConnection.FirstRequestId, FastCgiRole.Responder, keepConnection: true);
        writer.EndParams();
        writer.AddStdin(_body);
        writer.EndStdin();
        return writer.Written.Length;
    }

    /// <summary>Reading the request from ASP.NET Core.</summary>
    [Benchmark]
    public string FromHttpContext() => CgiRequest.FromHttpContext(_context).Path;
}
