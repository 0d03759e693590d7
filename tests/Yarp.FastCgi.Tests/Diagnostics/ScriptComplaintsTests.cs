using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Tests.Diagnostics;

public class ScriptComplaintsTests
{
    private const string Line = "Primary script unknown";

    private static readonly FastCgiEndpoint Endpoint = FastCgiEndpoint.Parse("unix:/run/php.sock");

    private readonly FakeTimeProvider _time = new();
    private readonly ILogger _logger = Substitute.For<ILogger>();
    private readonly ScriptComplaints _complaints;

    public ScriptComplaintsTests()
    {
        _logger.IsEnabled(LogLevel.Warning).Returns(true);
        _complaints = new ScriptComplaints(_time);
    }

    [Fact]
    public void OnLine_SameFile_IsExplainedOnceAMinute()
    {
        Complain("/srv/a.php");
        Complain("/srv/a.php");
        Assert.Equal(1, Count());

        _time.Advance(ScriptComplaints.Interval);
        Complain("/srv/a.php");
        Assert.Equal(2, Count());
    }

    [Fact]
    public void OnLine_ManyFiles_AreExplainedUpToTheLimitOfAMinute()
    {
        for (var i = 0; i < ScriptComplaints.MaxFiles + 50; i++)
        {
            Complain($"/srv/{i}.php");
        }

        Assert.Equal(ScriptComplaints.MaxFiles, Count());

        _time.Advance(ScriptComplaints.Interval);
        Complain("/srv/new.php");
        Assert.Equal(ScriptComplaints.MaxFiles + 1, Count());
    }

    [Theory]
    [InlineData("/srv/a.php", "PHP Warning:  Undefined variable $a")]
    [InlineData(null, Line)]
    public void OnLine_NothingToExplain_IsSilent(string? file, string line)
    {
        _complaints.OnLine(_logger, "route 'site'", Endpoint, file, line);

        Assert.Equal(0, Count());
    }

    private void Complain(string file) => _complaints.OnLine(_logger, "route 'site'", Endpoint, file, Line);

    private int Count() => _logger.ReceivedCalls().Count(call => call.GetMethodInfo().Name == nameof(ILogger.Log));
}
