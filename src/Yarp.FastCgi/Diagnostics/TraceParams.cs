using System.Diagnostics;
using System.Text;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>The trace context as params of one attempt: each has a span of its own, and the application's span is the child of the one that reached it.</summary>
internal sealed class TraceParams
{
    private static readonly DistributedContextPropagator.PropagatorSetterCallback AddField = static (carrier, field, value) => ((TraceParams)carrier!).Add(field, value);

    private readonly RequestWriter _request;
    private readonly UserParams? _ownParams;

    private TraceParams(RequestWriter request, UserParams? ownParams)
    {
        _request = request;
        _ownParams = ownParams;
    }

    /// <summary>Writes the context in place of that of the attempt before. Propagators are not our code: no connection may be held that a failure of theirs could lose.</summary>
    /// <param name="request">The records of the request.</param>
    /// <param name="ownParams">The application's own params, which go before.</param>
    /// <param name="activity">Whose child the application's span is; null when there is no trace.</param>
    public static void Write(RequestWriter request, UserParams? ownParams, Activity? activity)
    {
        request.RemoveLateParams();
        if (activity is not null)
        {
            TraceFields.Current.Propagator.Inject(activity, new TraceParams(request, ownParams), AddField);
        }
    }

    // A context that fits no record is left out: it is worth no failure.
    private void Add(string field, string value)
    {
        var name = TraceFields.Current.GetParamName(field);
        if (_ownParams?.Contains(name) != true)
        {
            _request.TryAddLateParam(name, value, Encoding.UTF8);
        }
    }
}
